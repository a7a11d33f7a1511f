"""The only door to GitHub: its REST API, through `gh`, which every runner has.

Facts about the API: docs.github.com/rest, sections commits/statuses, issues/comments, issues/issues.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote

from defacto_webhooks.ci.github.inputs import PullRequest
from defacto_webhooks.errors import UserError

_PERMISSIONS: Final = {  # what a job needs for which part of the API
    "comments": "pull-requests: write",
    "statuses": "statuses: write (read is enough to apply)",
    "issues": "issues: write",
    "pulls": "pull-requests: read",
}
_TIMEOUT_S: Final = 60
_ATTEMPTS: Final = 3  # of a read; what changes something is sent once
_DESCRIPTION: Final = 140  # characters of a commit status, at most


class GitHub:
    """One repository. `bot` is the login that our token writes as; nobody else can take it."""

    def __init__(self, repository: str, bot: str, variables: Mapping[str, str], pause_s: float = 0.5) -> None:
        self._repository = repository
        self._bot = bot
        self._variables = dict(variables)
        self._pause_s = pause_s

    def comment(self, number: int, marker: str) -> dict[str, Any] | None:
        """Our comment on the pull request that begins with `marker`; the oldest, if there were several."""
        return self._own(self._list(f"issues/{number}/comments"), marker)

    def write_comment(self, number: int, marker: str, text: str) -> None:
        """Create our comment, or change it. `text` begins with `marker`."""
        comment = self.comment(number, marker)
        if comment is None:
            self._send("POST", f"issues/{number}/comments", {"body": text})
        else:
            self._send("PATCH", f"issues/comments/{int(comment['id'])}", {"body": text})

    def write_status(self, sha: str, context: str, *, good: bool, description: str, url: str) -> None:
        """A commit status. Nobody can change one: a later one of the same context counts instead."""
        body = {
            "state": "success" if good else "failure",
            "context": context,
            "description": description[:_DESCRIPTION],
            "target_url": url,
        }
        self._send("POST", f"statuses/{sha}", body)

    def status(self, sha: str, context: str) -> str | None:
        """What our newest status of `sha` says; None where there is none, or it is no success."""
        own = [
            status
            for status in self._list(f"commits/{sha}/statuses")
            if status.get("context") == context and self._is_ours(status.get("creator"))
        ]
        newest = max(own, key=lambda status: int(status["id"]), default=None)
        if newest is None or newest.get("state") != "success":
            return None
        return str(newest.get("description") or "")

    def merged_pull_request(self, sha: str, branch: str) -> PullRequest | None:
        """The pull request whose merge into `branch` made the commit `sha`: merged, squashed or rebased."""
        for attempt in range(_ATTEMPTS):  # GitHub may know of it a moment after the push only
            for document in self._list(f"commits/{sha}/pulls"):
                into = document.get("base", {}).get("ref")
                if document.get("merged_at") and document.get("merge_commit_sha") == sha and into == branch:
                    return PullRequest.of(document)
            if attempt + 1 < _ATTEMPTS:
                time.sleep(self._pause_s)
        return None

    def head(self, branch: str) -> str:
        """The commit that `branch` points to."""
        return str(self._call("GET", f"commits/heads/{quote(branch)}")["sha"])

    def issue(self, marker: str) -> dict[str, Any] | None:
        """Our newest issue, open or closed, that begins with `marker`."""
        issues = self._list(f"issues?state=all&creator={quote(self._bot)}")
        found = [issue for issue in issues if "pull_request" not in issue and self._own([issue], marker)]
        return max(found, key=lambda issue: int(issue["number"]), default=None)

    def open_issue(self, title: str, text: str) -> None:
        self._send("POST", "issues", {"title": title, "body": text})

    def change_issue(self, number: int, **fields: str) -> None:
        self._send("PATCH", f"issues/{number}", fields)

    def say(self, number: int, text: str) -> None:
        """A further comment."""
        self._send("POST", f"issues/{number}/comments", {"body": text})

    def _own(self, documents: Iterable[dict[str, Any]], marker: str) -> dict[str, Any] | None:
        own = [
            document
            for document in documents
            if self._is_ours(document.get("user"))
            and str(document.get("body") or "").split("\n", 1)[0].rstrip("\r") == marker
        ]
        return min(own, key=lambda document: int(document["id"]), default=None)

    def _is_ours(self, author: dict[str, Any] | None) -> bool:
        return (author or {}).get("login") == self._bot

    def _list(self, path: str) -> list[dict[str, Any]]:
        pages = self._call("GET", f"{path}{'&' if '?' in path else '?'}per_page=100", "--paginate", "--slurp")
        return [document for page in pages for document in page]

    def _send(self, method: str, path: str, body: dict[str, Any]) -> None:
        self._call(method, path, "--input", "-", body=body)

    def _call(self, method: str, path: str, *options: str, body: dict[str, Any] | None = None) -> Any:
        command = ["gh", "api", "--method", method, f"repos/{self._repository}/{path}", *options]
        for attempt in range(_ATTEMPTS):
            try:
                done = subprocess.run(  # noqa: S603  no shell; foreign text goes through standard input
                    command,
                    input=json.dumps(body) if body is not None else "",
                    env=self._variables,
                    capture_output=True,
                    encoding="utf-8",
                    errors="replace",
                    timeout=_TIMEOUT_S,
                    check=False,
                )
            except FileNotFoundError:
                raise UserError("`gh` is not installed on this runner", "https://cli.github.com") from None
            except subprocess.TimeoutExpired:
                raise UserError(f"GitHub did not answer within {_TIMEOUT_S} s", "run the job again") from None
            if done.returncode == 0:
                try:
                    return json.loads(done.stdout)
                except ValueError:
                    raise UserError("GitHub's answer is not JSON", "run the job again") from None
            if method != "GET" or "(HTTP 5" not in done.stderr:
                break
            if attempt + 1 < _ATTEMPTS:
                time.sleep(self._pause_s)
        raise _refused(method, path, done.stderr)


def _refused(method: str, path: str, said: str) -> UserError:
    why = (said.strip().splitlines() or ["no reason given"])[0].removeprefix("gh: ")
    part = next((part for part in _PERMISSIONS if part in path), "")
    hint = f"the job needs the permission `{_PERMISSIONS[part]}`" if part and "(HTTP 403)" in why else ""
    return UserError(f"GitHub refused {method} {path.partition('?')[0]}: {why}", hint or "run the job again")
