"""GitHub's REST API, as far as the action uses it: pages, permissions, limits, and who wrote what."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Self
from urllib.parse import urlsplit

from tests.answering import answering
from tests.faulty_server.messages import Answer, Received, as_json

BOT = "github-actions[bot]"
REPOSITORY = "acme/hooks"
NUMBERED = "/repositories/1300192/"
MAX_BODY = 65_536
MAX_DESCRIPTION = 140


def user(login: str) -> dict[str, str]:
    return {"login": login, "type": "Bot" if login.endswith("[bot]") else "User"}


class GitHubApi:
    """One repository. Use it as a context manager; `log` holds (method, path) of what came."""

    def __init__(self) -> None:
        self.comments: dict[int, list[dict[str, Any]]] = {}  # by number of the issue or pull request
        self.statuses: dict[str, list[dict[str, Any]]] = {}  # by commit
        self.issues: list[dict[str, Any]] = []
        self.merges: dict[str, list[dict[str, Any]]] = {}  # by commit
        self.closed: list[dict[str, Any]] = []  # pull requests that are not yet known by their commit
        self.heads: dict[str, str] = {}
        self.permissions: Mapping[str, str] = {}
        self.log: list[tuple[str, str]] = []
        self.tokens: set[str] = set()  # that came with the requests
        self.refuse: dict[tuple[str, str], list[int]] = {}  # (method, kind of path): statuses to answer with
        self.on_comment: Callable[[], Answer | None] | None = None  # answers instead of keeping a new one
        self.locked = False  # the conversation of every pull request
        self._next = 1000
        self._serving = ExitStack()

    def __enter__(self) -> Self:
        self.url = self._serving.enter_context(answering(self.answer))
        return self

    def __exit__(self, *_: object) -> None:
        self._serving.close()

    def add_comment(self, number: int, login: str, body: str) -> dict[str, Any]:
        comment = {"id": self._id(), "user": user(login), "body": body}
        self.comments.setdefault(number, []).append(comment)
        return comment

    def add_status(self, sha: str, login: str, context: str, state: str, description: str) -> None:
        status = {"id": self._id(), "creator": user(login), "context": context}
        self.statuses.setdefault(sha, []).append({**status, "state": state, "description": description})

    def add_issue(self, login: str, body: str, **more: Any) -> dict[str, Any]:
        issue = {"id": self._id(), "number": len(self.issues) + 1, "user": user(login), "body": body}
        self.issues.append({"state": "open", "title": "", **issue, **more})
        return self.issues[-1]

    def add_merge(self, sha: str, number: int, head: str, **more: Any) -> None:
        document = {"number": number, "head": {"sha": head}, "merge_commit_sha": sha, "base": {"ref": "main"}}
        self.merges.setdefault(sha, []).append({**document, "merged_at": "2026-01-01T00:00:00Z", **more})

    def own_comments(self, number: int) -> list[str]:
        return [
            comment["body"] for comment in self.comments.get(number, []) if comment["user"]["login"] == BOT
        ]

    @property
    def written(self) -> str:
        """All that anyone could read there."""
        return json.dumps([self.comments, self.statuses, self.issues], ensure_ascii=False)

    def _id(self) -> int:
        self._next += 1
        return self._next

    def answer(self, request: Received) -> Answer | None:
        url = urlsplit(request.target)
        self.log.append((request.method, url.path))
        self.tokens.add(request.headers.get("authorization", ""))
        if self.on_comment and request.method == "POST" and url.path.endswith("/comments"):
            return self.on_comment()
        query = request.query
        status, document = self._route(request.method, url.path, query, request.json() or {})
        headers: tuple[tuple[str, str], ...] = ()
        if status == 200 and isinstance(document, list):
            page, size = int(query.get("page", 1)), int(query.get("per_page", 30))
            if len(document) > page * size:
                again = "&".join(f"{k}={v}" for k, v in {**query, "page": page + 1}.items())
                # GitHub's own links name the repository by its number.
                by_number = url.path.replace(f"/repos/{REPOSITORY}/", NUMBERED)
                headers = (("Link", f'<{self.url}{by_number}?{again}>; rel="next"'),)
            document = document[(page - 1) * size : page * size]
        return replace(as_json(status, document), headers=headers)

    def _route(self, method: str, path: str, query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        rest = path.removeprefix(f"/repos/{REPOSITORY}/").removeprefix(NUMBERED)
        if rest == path:
            return 404, {"message": "Not Found"}
        kind = re.sub(r"[0-9a-f]{40}|\d+", "N", rest)
        refused = self.refuse.get((method, kind))
        if refused:
            return refused.pop(0), {"message": "Server Error"}
        needed = {
            "issues/N/comments": ("pull-requests", "issues"),
            "issues/comments/N": ("pull-requests", "issues"),
            "issues": ("issues",),
            "issues/N": ("issues",),
            "statuses/N": ("statuses",),
            "commits/N/statuses": ("statuses",),
            "commits/N/pulls": ("pull-requests",),
            "pulls/N": ("pull-requests",),
            "pulls": ("pull-requests",),
            "commits/heads/main": ("contents",),
            "commits/heads/feature": ("contents",),
        }[kind]
        enough = {"write"} if method != "GET" else {"write", "read"}
        if not any(self.permissions.get(scope) in enough for scope in needed):
            return 403, {"message": "Resource not accessible by integration"}
        if self.locked and kind.endswith("comments") and method == "POST":
            return 403, {"message": "Unable to create comment because issue is locked."}
        if (
            len(str(body.get("body", ""))) > MAX_BODY
            or len(str(body.get("description", ""))) > MAX_DESCRIPTION
        ):
            return 422, {"message": "Validation Failed: body is too long"}
        numbers = re.findall(r"[0-9a-f]{40}|\d+", rest)
        return self._do(method, kind, numbers[0] if numbers else "", query, body)

    def _do(
        self, method: str, kind: str, which: str, query: Mapping[str, str], body: dict[str, Any]
    ) -> tuple[int, Any]:
        match method, kind:
            case "GET", "issues/N/comments":
                return 200, self.comments.get(int(which), [])
            case "POST", "issues/N/comments":
                return 201, self.add_comment(int(which), BOT, body["body"])
            case "PATCH", "issues/comments/N":
                [one] = [c for comments in self.comments.values() for c in comments if c["id"] == int(which)]
                one["body"] = body["body"]
                return 200, one
            case "GET", "commits/N/statuses":
                return 200, list(reversed(self.statuses.get(which, [])))
            case "POST", "statuses/N":
                self.add_status(which, BOT, body["context"], body["state"], body["description"])
                return 201, self.statuses[which][-1]
            case "GET", "commits/N/pulls":
                return 200, self.merges.get(which, [])
            case "GET", "pulls":
                return 200, self.closed
            case "GET", "pulls/N":
                head = self.heads.get(f"pull/{which}", "")
                return 200, {"number": int(which), "head": {"sha": head}}
            case "GET", "commits/heads/main" | "commits/heads/feature":
                return 200, {"sha": self.heads[kind.rpartition("/")[2]]}
            case "GET", "issues":
                asked = [issue for issue in self.issues if issue["user"]["login"] == query["creator"]]
                open_only = query.get("state", "open") == "open"
                return 200, [issue for issue in asked if issue["state"] == "open" or not open_only]
            case "POST", "issues":
                return 201, self.add_issue(BOT, body["body"], title=body["title"])
            case "PATCH", "issues/N":
                self.issues[int(which) - 1].update(body)
                return 200, self.issues[int(which) - 1]
        return 404, {"message": "Not Found"}
