"""A repository on a GitHub of its own, and an account that its file talks to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import defacto_webhooks
from tests.ci.github_api import REPOSITORY, GitHubApi, user
from tests.ci.runner import TOKEN, Ended, Runner, machine
from tests.faulty_server import FaultyServer, On, Stored

PACKAGED = Path(defacto_webhooks.__file__).parent / "ci/github/starter"
STARTER = PACKAGED / "webhooks-workflow.yml"
DRIFT = PACKAGED / "drift-workflow.yml"
CANARIES = {"DEFACTO_API_KEY": "key-C4naRy-k3y", "CALLBACK_TOKEN": "C4naRy-t0ken"}
SECRETS = {"WEBHOOKS_ENV": "".join(f"{name}={value}\n" for name, value in CANARIES.items())}
URL = "https://hooks.example.com/defacto?token=${CALLBACK_TOKEN}"


def sha(number: int) -> str:
    return f"{number:040x}"


UNWATCHED = "settings: {unwatched: ['*']}\n"  # no guard against lost events, where a test is about others


def file_of(server: FaultyServer, *entries: tuple[str, str], settings: str = UNWATCHED) -> str:
    """A webhooks.yaml for the environment production: (name, event type) each."""
    webhooks = "".join(
        f"- {{name: {name!r}, to_url: '{URL}', event_types: [{event_type}]}}\n"
        for name, event_type in entries
    )
    return (
        "version: 1\nenvironments:\n"
        f"  production: {{api_url: '{server.url}', api_key: '${{DEFACTO_API_KEY}}'}}\n"
        f"{settings}webhooks:{' []' if not entries else ''}\n{webhooks}"
    )


@dataclass
class Repository:
    """What a test does to the repository; each is an event, and the workflow that it starts."""

    runner: Runner
    api: GitHubApi
    server: FaultyServer
    workflow: Path = STARTER
    config: str = "webhooks.yaml"
    _number: int = field(default=0)

    def write(self, text: str) -> None:
        (self.runner.workspace / self.config).write_text(text)

    def keep_it_in(self, config: str) -> None:
        """The file, from now on, as the input `config` of each step says."""
        (self.runner.workspace / self.config).rename(self.runner.workspace / config)
        self.config = config
        text = self.workflow.read_text()
        self.workflow = self.runner.temporary / "webhooks.yml"
        self.workflow.write_text(re.sub("(?m)^( +)command: .*$", rf"\g<0>\n\1config: {config}", text))

    def want(self, *entries: tuple[str, str], settings: str = UNWATCHED) -> None:
        self.write(file_of(self.server, *entries, settings=settings))

    def account(self, *subscriptions: Stored, faults: tuple[On, ...] = ()) -> None:
        self.server.reset(subscriptions, faults, key=CANARIES["DEFACTO_API_KEY"])

    def allow(self, environments: str) -> None:
        """The environments that the workflow lists."""
        text = self.workflow.read_text()
        self.workflow = self.runner.temporary / "webhooks.yml"
        self.workflow.write_text(
            re.sub("(?m)^  ENVIRONMENTS: .*$", f'  ENVIRONMENTS: "{environments}"', text)
        )

    def _payload(self, **more: Any) -> dict[str, Any]:
        return {"repository": {"full_name": REPOSITORY, "default_branch": "main"}, **more}

    def pull_request(
        self,
        number: int = 7,
        head: str = sha(1),
        *,
        repo: str = REPOSITORY,
        author: str = "ann",
        base: str = "main",
        newest: str = "",
    ) -> Ended:
        """`newest`: what was pushed to it while this run was under way."""
        document = {
            "number": number,
            "head": {"sha": head, "repo": {"full_name": repo}},
            "base": {"ref": base},
            "user": user(author),
        }
        self.api.heads[f"pull/{number}"] = newest or head
        return self.runner.run(
            self.workflow,
            "pull_request",
            self._payload(pull_request=document, number=number),
            ref=f"refs/pull/{number}/merge",
            sha=sha(0xFFFF),
            secrets=repo == REPOSITORY and author == "ann",
        )

    def merge(
        self,
        number: int | None = 7,
        head: str = sha(1),
        *,
        commit: str = sha(2),
        moved: bool = False,
        attempt: int = 1,
        message: str = "Webhooks",
    ) -> Ended:
        """A push to main: a merge, or a direct one (None). `moved`: main has a newer commit by now."""
        if number is not None:
            self.api.add_merge(commit, number, head)
        self.api.heads["main"] = sha(0xABC) if moved else commit
        return self.runner.run(
            self.workflow,
            "push",
            self._payload(head_commit={"id": commit, "message": message}),
            ref="refs/heads/main",
            sha=commit,
            attempt=attempt,
        )

    def dispatch(
        self,
        commit: str = sha(2),
        ref: str = "refs/heads/main",
        workflow: Path | None = None,
        **inputs: str,
    ) -> Ended:
        self.api.heads.setdefault("main", commit)
        return self.runner.run(
            workflow or self.workflow, "workflow_dispatch", self._payload(inputs=inputs), ref=ref, sha=commit
        )

    def schedule(self, workflow: Path = DRIFT) -> Ended:
        return self.runner.run(
            workflow, "schedule", self._payload(), ref="refs/heads/main", sha=sha(3), file="drift.yml"
        )

    def writes(self) -> list[str]:
        """What was sent to the account that changes it."""
        return [request.method for request in self.server.log if request.method != "GET"]

    @property
    def comment(self) -> str:
        """The one about the plan."""
        return self.api.own_comments(7)[0]

    @property
    def result(self) -> str:
        """What the newest merge came to."""
        return self.api.own_comments(7)[-1]


@pytest.fixture
def repository(tmp_path: Path, server: FaultyServer) -> Iterator[Repository]:
    workspace, temporary = tmp_path / "workspace", tmp_path / "temporary"
    workspace.mkdir()
    temporary.mkdir()
    with GitHubApi() as api:

        def grant(permissions: dict[str, str]) -> None:
            api.permissions = permissions

        runner = Runner(workspace, temporary, machine(), api.url, SECRETS, grant)
        it = Repository(runner, api, server)
        it.account()
        it.want()
        yield it
        # Whatever the test did: no secret in a log, summary, output, file, comment, status or issue.
        kept = [path.read_text() for path in temporary.rglob("webhooks-*.*")]
        written = "".join([api.written, *kept, *runner.logs])
        assert not [name for name, canary in {**CANARIES, "GITHUB_TOKEN": TOKEN}.items() if canary in written]
        assert api.tokens <= {f"Bearer {TOKEN}"}
