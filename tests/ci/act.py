"""`python -m tests.ci.act ACT`: the starter workflows on a real runner, nektos/act in host mode.

One pull request, its merge, one run by hand and one look for drift, with a GitHub and a Defacto of this
process. Everything else is real: the jobs, their conditions and matrices, and the install from the lock.
It needs git, a package index and the binary ACT, and is no part of `make test`: `make act` runs it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.ci.conftest import CANARIES, DRIFT, STARTER, URL, file_of, sha
from tests.ci.github_api import REPOSITORY, GitHubApi, user
from tests.ci.runner import ROOT, TOKEN
from tests.faulty_server import FaultyServer, stored

ACTION = "defacto-webhooks/defacto-webhooks@v0.1.0"
SECRET_URL = URL.replace("${CALLBACK_TOKEN}", CANARIES["CALLBACK_TOKEN"])
NUMBER, HEAD = 7, sha(1)


@dataclass
class Act:
    """A checkout of a repository whose workflows the binary `act` runs. `logs` holds all that it printed."""

    act: Path
    folder: Path
    api: GitHubApi
    server: FaultyServer
    logs: str = ""

    def prepare(self) -> None:
        """The action as git has it, so without what only this machine has; and the user's repository."""
        self.git("init", "--quiet", "--initial-branch", "main", "repository", cwd=self.folder)
        files = subprocess.run(
            ["git", "ls-files", "-z", "action.yml", "requirements", "src"],
            cwd=ROOT, check=True, capture_output=True,
        ).stdout  # fmt: skip
        action = ["tar", "-c", "--null", "-T", "-"]
        packed = subprocess.run(action, cwd=ROOT, input=files, check=True, capture_output=True).stdout
        (self.folder / "action").mkdir()
        subprocess.run(["tar", "-x"], cwd=self.folder / "action", input=packed, check=True)
        workflows = self.folder / "repository/.github/workflows"
        workflows.mkdir(parents=True)
        (workflows / "webhooks.yml").write_text(STARTER.read_text())
        (workflows / "drift.yml").write_text(DRIFT.read_text())
        self.git("remote", "add", "origin", f"https://github.com/{REPOSITORY}")

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        author = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]
        folder = cwd or self.folder / "repository"
        return subprocess.run(
            ["git", *author, *arguments], cwd=folder, check=True, capture_output=True, encoding="utf-8"
        ).stdout.strip()

    def commit(self, *entries: tuple[str, str]) -> str:
        """A webhooks.yaml with these entries; the commit."""
        (self.folder / "repository/webhooks.yaml").write_text(file_of(self.server, *entries))
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "Webhooks")
        return self.git("rev-parse", "HEAD")

    def run(self, event: str, workflow: str, **payload: Any) -> bool:
        """Whether all jobs of the workflow were good."""
        path = self.folder / "event.json"
        repository = {"full_name": REPOSITORY, "default_branch": "main"}
        path.write_text(json.dumps({"repository": repository, **payload}))
        secret = "".join(f"{name}={value}\n" for name, value in CANARIES.items())
        cache = self.folder / "cache"
        done = subprocess.run(
            [
                self.act, event, "-W", f".github/workflows/{workflow}", "-e", path, "--rm",
                "-P", "ubuntu-latest=-self-hosted",
                "--local-repository", f"{ACTION}={self.folder / 'action'}",
                "-s", f"WEBHOOKS_ENV={secret}", "-s", f"GITHUB_TOKEN={TOKEN}", "--insecure-secrets",
                "--env", f"GITHUB_API_URL={self.api.url}", "--no-cache-server", "--action-cache-path", cache,
            ],
            cwd=self.folder / "repository",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )  # fmt: skip
        self.logs += done.stdout
        return done.returncode == 0


def walk(act: Act) -> None:
    """What happens to one change of a file. Raises AssertionError."""
    act.prepare()
    act.server.reset([stored("1", "b", SECRET_URL, "Payment.PAID")], key=CANARIES["DEFACTO_API_KEY"])
    commit = act.commit(("a", "Loan.CLOSED"), ("b", "Payment.PAID"))
    pull_request = {
        "number": NUMBER,
        "head": {"sha": HEAD, "repo": {"full_name": REPOSITORY}},
        "base": {"ref": "main"},
        "user": user("ann"),
    }
    act.api.heads[f"pull/{NUMBER}"] = HEAD
    assert act.run("pull_request", "webhooks.yml", pull_request=pull_request, number=NUMBER)
    [comment] = act.api.own_comments(NUMBER)
    assert "1 to create; 1 unchanged" in comment
    assert act.api.statuses[HEAD][0]["state"] == "success"

    act.api.add_merge(commit, NUMBER, HEAD)
    act.api.heads["main"] = commit
    assert act.run("push", "webhooks.yml")
    assert sorted(row.name for row in act.server.account) == ["a", "b"]
    assert "### ✅" in act.api.own_comments(NUMBER)[-1]

    commit = act.commit(("a", "Loan.CLOSED"))
    act.api.heads["main"] = commit
    assert not act.run("push", "webhooks.yml")  # pushed, not merged, and it deletes
    fingerprint = act.logs.rpartition("fingerprint=")[2][:32]
    inputs = {"environment": "production", "fingerprint": fingerprint, "allow": "none"}
    assert act.run("workflow_dispatch", "webhooks.yml", inputs=inputs)
    assert [row.name for row in act.server.account] == ["a"]

    assert act.run("schedule", "drift.yml")
    assert act.api.issues == []
    act.server.reset(key=CANARIES["DEFACTO_API_KEY"])
    assert act.run("schedule", "drift.yml")
    assert "1 to create" in act.api.issues[0]["body"]
    for told in (act.logs, act.api.written):
        assert not [secret for secret in (*CANARIES.values(), TOKEN) if secret in told]


def main(binary: str) -> int:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        api, server = stack.enter_context(GitHubApi()), stack.enter_context(FaultyServer())
        api.permissions = dict.fromkeys(("contents", "pull-requests", "statuses", "issues"), "write")
        act = Act(Path(binary).resolve(), folder, api, server)
        try:
            walk(act)
        except AssertionError:
            sys.stderr.write(act.logs)
            raise
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
