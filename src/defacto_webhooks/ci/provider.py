"""What a CI provider gives."""

from __future__ import annotations

from dataclasses import dataclass

from defacto_webhooks.render.log import Log


@dataclass(frozen=True)
class Provider:
    """A folder in this room with one of these, and a line in `providers.py`.

    name: of its folder, and what `init --workflow` calls it.
    title: what people call it.
    variable: the environment variable that is `true` in its jobs.
    log: how its log takes what is printed.
    starter: the workflow that `init` writes, in the provider's folder; the word `production` in it becomes
        the environment.
    workflow: where in a repository that goes.
    secrets: where its secrets have to be, for the user to read; with `{environment}`.

    The folder also has the program that the workflow runs, `python -m defacto_webhooks.ci.NAME`, with its
    commands validate, plan, apply and drift. `review.py` says whether a plan may be applied, and `report.py`
    what is told; the provider knows who asks for what, and where people read the answer.
    """

    name: str
    title: str
    variable: str
    log: type[Log]
    starter: str
    workflow: str
    secrets: str
