"""What started the workflow, from the runner's variables. Pure.

https://docs.github.com/en/webhooks/webhook-events-and-payloads. Other runners (act, Gitea) say less than
GitHub: what is needed and not said is an error that names it, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from defacto_webhooks.errors import UserError

# Their workflows run without the repository's secrets, as those of forks do.
_WITHOUT_SECRETS: Final = frozenset({"dependabot[bot]"})
_OTHER_RUNNERS: Final = "other runners may leave it out; with act, pass an event file with -e"
_MERGE: Final = re.compile(r"Merge pull request #(\d+) from |[^\n]*\(#(\d+)\)(?:\n|$)")


@dataclass(frozen=True)
class PullRequest:
    """`head` is the commit that was pushed to it: what the reviewers see, and not the merge of it."""

    number: int
    head: str

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> PullRequest:
        try:
            number = int(_get(document, "number"))
        except (ValueError, TypeError):
            raise UserError("the number of the pull request is not a number", _OTHER_RUNNERS) from None
        return cls(number, str(_get(document, "head", "sha")))


@dataclass(frozen=True)
class Event:
    """What started the workflow, and where it runs."""

    name: str
    repository: str
    sha: str
    ref: str
    workflow: str  # its file's name
    run_url: str
    repository_url: str
    api_url: str
    payload: Mapping[str, Any]
    is_rerun: bool = False  # somebody asked for it, at any time later

    @classmethod
    def of(cls, variables: Mapping[str, str], payload: Mapping[str, Any]) -> Event:
        """From the runner's variables and the event's JSON. Raises UserError."""

        def variable(name: str) -> str:
            if not variables.get(name):
                raise UserError(f"{name} is not set", "this only runs in GitHub Actions")
            return variables[name]

        repository = variable("GITHUB_REPOSITORY")
        home = f"{variables.get('GITHUB_SERVER_URL') or 'https://github.com'}/{repository}"
        workflow = variables.get("GITHUB_WORKFLOW_REF", "").partition("@")[0].rpartition("/")[2]
        return cls(
            name=variable("GITHUB_EVENT_NAME"),
            repository=repository,
            sha=variable("GITHUB_SHA"),
            ref=variable("GITHUB_REF"),
            workflow=workflow or "webhooks.yml",
            run_url=f"{home}/actions/runs/{variables.get('GITHUB_RUN_ID', '')}",
            repository_url=home,
            api_url=variables.get("GITHUB_API_URL") or "https://api.github.com",
            payload=payload,
            is_rerun=variables.get("GITHUB_RUN_ATTEMPT", "1") != "1",
        )

    @property
    def pull_request(self) -> PullRequest | None:
        """The one that started this run."""
        document = self.payload.get("pull_request")
        return PullRequest.of(document) if document else None

    @property
    def named_pull_request(self) -> int | None:
        """The one that the pushed commit names as merged: by GitHub's word for a merge, or by anybody's."""
        match = _MERGE.match(str(_find(self.payload, "head_commit", "message") or ""))
        return int(match[1] or match[2]) if match else None

    @property
    def is_by_hand(self) -> bool:
        return self.name == "workflow_dispatch"

    @property
    def branch(self) -> str:
        return self.ref.removeprefix("refs/heads/")

    @property
    def is_on_default_branch(self) -> bool:
        return self.ref == f"refs/heads/{self._default_branch}"

    @property
    def _default_branch(self) -> str:
        return str(_get(self.payload, "repository", "default_branch"))

    @property
    def why_no_plan(self) -> str:
        """Why a pull request gets no plan; empty if it gets one, or is none."""
        document = self.payload.get("pull_request")
        if not document:
            return ""
        no_secrets = (
            "and gets no secrets: only the file was checked. A maintainer who trusts it can push it to a "
            "branch of this repository for a plan."
        )
        _get(document, "head")
        if _find(document, "head", "repo", "full_name") != self.repository:  # none: the fork was deleted
            return f"This pull request comes from a fork {no_secrets}"
        author = _find(document, "user", "login")
        if author in _WITHOUT_SECRETS:
            return f"This pull request comes from {author} {no_secrets}"
        base = _get(document, "base", "ref")
        if base != self._default_branch:
            return f"This pull request does not target {self._default_branch}, the branch that is applied."
        return ""

    @property
    def next(self) -> str:
        """What the workflow does after the file was checked: plan, apply or nothing."""
        if self.name == "pull_request":
            return "nothing" if self.why_no_plan else "plan"
        if self.name in {"push", "workflow_dispatch"} and self.is_on_default_branch:
            return "apply"
        return "nothing"


def _get(document: Mapping[str, Any], *path: str) -> Any:
    """What is at `path`. Raises UserError where the event does not say it."""
    value = _find(document, *path)
    if value is None:
        raise UserError(f"the event has no {'.'.join(path)}", _OTHER_RUNNERS)
    return value


def _find(document: Mapping[str, Any], *path: str) -> Any:
    """What is at `path`; None where there is nothing."""
    value: Any = document
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
