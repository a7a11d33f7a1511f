"""What the workflow asked for, and what happened that started it. Pure: variables and the event come in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from defacto_webhooks.errors import UserError

# Their workflows run without the repository's secrets, as those of forks do.
_WITHOUT_SECRETS = frozenset({"dependabot[bot]"})


@dataclass(frozen=True)
class Inputs:
    """The inputs of the action. `environment` may list several for `validate`, one for the others."""

    command: str
    config: tuple[Path, ...]
    environment: str
    comment: bool
    expect: str
    allow: tuple[str, ...]
    bot: str

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Inputs:
        """From the `INPUT_…` variables of action.yml."""
        config = [
            Path(line.strip()) for line in variables.get("INPUT_CONFIG", "").splitlines() if line.strip()
        ]
        return cls(
            command=variables.get("INPUT_COMMAND", ""),
            config=tuple(config or [Path("webhooks.yaml")]),
            environment=variables.get("INPUT_ENVIRONMENT", "").strip(),
            comment=_yes(variables.get("INPUT_COMMENT", "true")),
            expect=variables.get("INPUT_EXPECT", "").strip(),
            allow=_words(variables.get("INPUT_ALLOW", "")),
            bot=variables.get("INPUT_BOT") or "github-actions[bot]",
        )

    @property
    def environments(self) -> tuple[str, ...]:
        return tuple(name for name in re.split(r"[\n,]\s*", self.environment) if name)

    def key(self, environment: str) -> str:
        """What tells comments, statuses and issues of one environment from those of another file's."""
        files = " ".join(map(str, self.config))
        return environment if files == "webhooks.yaml" else f"{environment} ({files})"


def _words(text: str) -> tuple[str, ...]:
    """What spaces, lines or commas part. A choice in a form can't be empty: there it is `none`."""
    return tuple(word for word in re.split(r"[\s,]+", text) if word not in {"", "none"})


def _yes(text: str) -> bool:
    if text.strip().lower() not in {"true", "false", ""}:
        raise UserError(f"the input `comment` is {text!r}", "write true or false")
    return text.strip().lower() != "false"


@dataclass(frozen=True)
class PullRequest:
    """`head` is the commit that was pushed to it: what the reviewers saw, and not the merge of it."""

    number: int
    head: str

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> PullRequest:
        return cls(int(document["number"]), str(document["head"]["sha"]))


@dataclass(frozen=True)
class Run:
    """What started the workflow, and where it runs."""

    event: str
    repository: str
    sha: str
    ref: str
    workflow: str  # its file's name
    url: str  # of this run
    repository_url: str
    payload: Mapping[str, Any]
    is_rerun: bool = False  # somebody asked for it, at any time later

    @classmethod
    def of(cls, variables: Mapping[str, str], payload: Mapping[str, Any]) -> Run:
        """From the runner's variables and the event's JSON."""
        repository = variables.get("GITHUB_REPOSITORY", "")
        home = f"{variables.get('GITHUB_SERVER_URL', 'https://github.com')}/{repository}"
        workflow = variables.get("GITHUB_WORKFLOW_REF", "").partition("@")[0].rpartition("/")[2]
        return cls(
            event=variables.get("GITHUB_EVENT_NAME", ""),
            repository=repository,
            sha=variables.get("GITHUB_SHA", ""),
            ref=variables.get("GITHUB_REF", ""),
            workflow=workflow or "webhooks.yml",
            url=f"{home}/actions/runs/{variables.get('GITHUB_RUN_ID', '')}",
            repository_url=home,
            payload=payload,
            is_rerun=variables.get("GITHUB_RUN_ATTEMPT", "1") != "1",
        )

    @property
    def pull_request(self) -> PullRequest | None:
        """The one that started this run."""
        document = self.payload.get("pull_request")
        return PullRequest.of(document) if document else None

    @property
    def branch(self) -> str:
        return self.ref.removeprefix("refs/heads/")

    @property
    def is_on_default_branch(self) -> bool:
        default = self.payload.get("repository", {}).get("default_branch")
        return self.ref == f"refs/heads/{default}"

    @property
    def why_without_secrets(self) -> str:
        """Why the secrets are out of reach; empty if they are not."""
        document = self.payload.get("pull_request")
        if document is None:
            return ""
        head = (document["head"].get("repo") or {}).get("full_name")  # none: the fork was deleted
        if head != self.repository:
            return "This pull request comes from a fork"
        author = (document.get("user") or {}).get("login")
        return f"This pull request comes from {author}" if author in _WITHOUT_SECRETS else ""

    @property
    def next(self) -> str:
        """What the workflow does after the file was checked: plan, apply or nothing."""
        if self.event == "pull_request":
            return "nothing" if self.why_without_secrets else "plan"
        if self.event in {"push", "workflow_dispatch"} and self.is_on_default_branch:
            return "apply"
        return "nothing"
