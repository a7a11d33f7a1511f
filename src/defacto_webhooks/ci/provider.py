"""What a CI provider has to give: how its log is written, a starter workflow, its program."""

from __future__ import annotations

from dataclasses import dataclass

from defacto_webhooks.render.format import Syntax
from defacto_webhooks.render.views import Diagnostics


class Log:
    """A terminal or a file: it knows no commands. A provider's log overrides what it has a command for.

    All text that comes back may be printed as it is.
    """

    def harmless(self, text: str, _syntax: Syntax = Syntax.WORDS, /) -> str:
        """`text` without anything that would be taken for a command."""
        return text

    def group(self, _title: str, text: str, /) -> str:
        """The harmless `text`, folded under the title where the log can do that."""
        return self.harmless(text)

    def findings(self, _findings: Diagnostics, /) -> str:
        """Findings at their places in the file, besides the text that is printed anyway."""
        return ""


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
