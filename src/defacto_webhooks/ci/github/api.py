"""The only door to GitHub: its REST API.

Facts about it: docs.github.com/rest, sections commits/statuses, issues/comments, issues/issues, pulls.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final, Self
from urllib.parse import quote

import httpx

from defacto_webhooks.api.retry import retry_after_s
from defacto_webhooks.ci.github.event import PullRequest
from defacto_webhooks.errors import UserError
from defacto_webhooks.redaction import InvalidUrl, Secret, SecretUrl
from defacto_webhooks.redaction.printable import fits_into_a_header, line, short
from defacto_webhooks.transport import ProxyFailed, async_client

_PERMISSIONS: Final = {  # what a job needs for which part of the API
    "comments": "pull-requests: write",
    "statuses": "statuses: write (to apply, read is enough)",
    "issues": "issues: write",
    "pulls": "pull-requests: read",
}
_TIMEOUT_S: Final = 30.0
_ATTEMPTS: Final = 3  # of a read; what changes something is sent once
_LONGEST_WAIT_S: Final = 60.0
_DESCRIPTION: Final = 140  # characters of a commit status, at most


class GitHub:
    """One repository. `bot` is the login that the token writes as; nobody else can take it.

    Raises UserError, as every method does; here where the environment's proxy or certificates can't be used.
    """

    def __init__(
        self, api_url: str, repository: str, token: Secret, bot: str, *, pause_s: float = 1.0
    ) -> None:
        self._bot = bot
        self._can_ask = bool(token.reveal()) and fits_into_a_header(token.reveal())
        self._pause_s = pause_s
        home = _home(api_url, repository)
        self._url = httpx.URL(home.reveal())
        self._client = async_client(
            home,
            headers={
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": "2022-11-28",
                "User-Agent": "defacto-webhooks",
            },
            timeout=_TIMEOUT_S,
            bearer=token,
        )
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(Exception):  # it takes nothing back
            self._runner.run(self._client.aclose())
            self._runner.close()

    def comment(self, number: int, marker: str) -> str:
        """Our comment on the pull request that begins with `marker`; empty where there is none."""
        found = self._comment(number, marker)
        return str(found["body"]) if found else ""

    def keep_comment(self, number: int, marker: str, text: str) -> None:
        """Create our comment, or change it. `text` begins with `marker`."""
        found = self._comment(number, marker)
        if found is None:
            self.add_comment(number, text)
        else:
            self._request("PATCH", f"issues/comments/{int(found['id'])}", {"body": text})

    def add_comment(self, number: int, text: str) -> None:
        """A further comment on a pull request or an issue."""
        self._request("POST", f"issues/{number}/comments", {"body": text})

    def add_status(self, sha: str, context: str, *, good: bool, description: str, url: str) -> None:
        """A commit status. Nobody can change one: a later one of the same context counts instead."""
        body = {
            "state": "success" if good else "failure",
            "context": context,
            "description": description[:_DESCRIPTION],
            "target_url": url,
        }
        self._request("POST", f"statuses/{sha}", body)

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

    def pull_request(self, number: int) -> PullRequest:
        """As it is now."""
        return PullRequest.of(self._get(f"pulls/{number}"))

    def merged_pull_request(self, sha: str, branch: str) -> PullRequest | None:
        """The pull request whose merge into `branch` made the commit `sha`: merged, squashed or rebased.

        None is said only after a while: the commit may be there a moment before GitHub knows whose it is.
        """
        closed = f"pulls?state=closed&base={quote(branch)}&sort=updated&direction=desc&per_page=50"
        for attempt in range(1, _ATTEMPTS + 1):
            for document in [*self._list(f"commits/{sha}/pulls"), *_objects(self._request("GET", closed))]:
                into = document.get("base", {}).get("ref")
                if document.get("merged_at") and document.get("merge_commit_sha") == sha and into == branch:
                    return PullRequest.of(document)
            if attempt < _ATTEMPTS:
                time.sleep(attempt * self._pause_s)
        return None

    def head(self, branch: str) -> str:
        """The commit that `branch` points to."""
        return str(self._get(f"commits/heads/{quote(branch)}")["sha"])

    def issue(self, marker: str) -> dict[str, Any] | None:
        """Our newest issue, open or closed, that begins with `marker`."""
        issues = self._list(f"issues?state=all&creator={quote(self._bot)}")
        own = [issue for issue in issues if "pull_request" not in issue and self._is_marked(issue, marker)]
        return max(own, key=lambda issue: int(issue["number"]), default=None)

    def open_issue(self, title: str, text: str) -> None:
        self._request("POST", "issues", {"title": title, "body": text})

    def change_issue(self, number: int, **fields: str) -> None:
        self._request("PATCH", f"issues/{number}", fields)

    def _comment(self, number: int, marker: str) -> dict[str, Any] | None:
        """The oldest of ours that begins with `marker`."""
        comments = self._list(f"issues/{number}/comments")
        own = [comment for comment in comments if self._is_marked(comment, marker)]
        return min(own, key=lambda comment: int(comment["id"]), default=None)

    def _is_marked(self, document: dict[str, Any], marker: str) -> bool:
        """Whether it is ours, and its first line is `marker`."""
        first_line = str(document.get("body") or "").partition("\n")[0].rstrip("\r")
        return self._is_ours(document.get("user")) and first_line == marker

    def _is_ours(self, author: dict[str, Any] | None) -> bool:
        return (author or {}).get("login") == self._bot

    def _list(self, path: str) -> list[dict[str, Any]]:
        """All pages."""
        found: list[dict[str, Any]] = []
        url: str | None = f"{path}{'&' if '?' in path else '?'}per_page=100"
        while url:
            response = self._request("GET", url)
            found += _objects(response)
            url = self._next(response)
        return found

    def _next(self, response: httpx.Response) -> str | None:
        """The URL of the next page, None behind the last. Its path may be any: GitHub's own links name the
        repository by its number.
        """
        link, here = response.links.get("next", {}).get("url"), self._url
        if not link:
            return None
        with suppress(httpx.InvalidURL):
            there = here.join(link)
            if (there.scheme, there.netloc) == (here.scheme, here.netloc):
                return str(there)
        raise UserError("GitHub's next page is on another server", "the token is not sent there")

    def _get(self, path: str) -> dict[str, Any]:
        document = _json(self._request("GET", path))
        if not isinstance(document, dict):
            raise _unusable()
        return document

    def _request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        """A success. A read is tried several times; what changes something is sent once."""
        if not self._can_ask:
            raise UserError(
                "the input github-token is empty, or contains a character that no token has",
                "leave it out to use the job's own token; a secret that does not exist is empty",
            )
        last = _ATTEMPTS if method == "GET" else 1
        for attempt in range(1, last + 1):
            wait = None
            try:
                response = self._runner.run(self._client.request(method, self._url.join(path), json=body))
            except (httpx.HTTPError, OSError) as error:  # such as an ssl.SSLError in the middle of an answer
                if attempt == last:
                    raise _no_answer(method, path, error) from None
            else:
                if response.is_success:
                    return response
                wait = retry_after_s(response.headers.get("retry-after"), datetime.now(UTC))
                if attempt == last or not (response.is_server_error or wait is not None):
                    break
            time.sleep(self._pause_s if wait is None else min(wait, _LONGEST_WAIT_S))
        raise _refused(method, path, response)


def _home(api_url: str, repository: str) -> SecretUrl:
    """What all paths are below. Raises UserError."""
    with suppress(InvalidUrl):
        return SecretUrl.from_file([f"{api_url.rstrip('/')}/repos/{repository}/"])
    said = f"GITHUB_API_URL ({short(line(api_url))}) and GITHUB_REPOSITORY ({short(line(repository))})"
    raise UserError(
        f"{said} make no URL",
        "the runner sets both; a runner of your own has to set them as GitHub's does",
    )


def _json(response: httpx.Response) -> Any:
    """None where it is no JSON, or nested so deep that nobody reads it."""
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None


def _objects(response: httpx.Response) -> list[dict[str, Any]]:
    documents = _json(response)
    if not isinstance(documents, list) or not all(isinstance(one, dict) for one in documents):
        raise _unusable()
    return documents


def _unusable() -> UserError:
    return UserError("GitHub's answer is not what its API documents", "run the job again")


def _no_answer(method: str, path: str, error: Exception) -> UserError:
    if isinstance(error, ProxyFailed):
        return UserError(f"can't reach GitHub: {error.message}", error.hint)
    what = f"{method} {path.partition('?')[0]}"
    return UserError(f"no answer from GitHub to {what} ({type(error).__name__})", "run the job again")


def _refused(method: str, path: str, response: httpx.Response) -> UserError:
    document = _json(response)
    message = document.get("message") if isinstance(document, dict) else None
    said = message if isinstance(message, str) else response.reason_phrase
    part = next((part for part in _PERMISSIONS if part in path), "")
    hint = "run the job again"
    if response.status_code == 401:
        hint = "the input github-token is not a valid token of this server"
    elif "locked" in said.lower():
        hint = "unlock the conversation and run the job again, or set the input `comment` to false"
    elif response.headers.get("x-ratelimit-remaining") == "0":
        hint = "the token's rate limit is used up; it is reset within the hour"
    elif part and response.status_code in {403, 404}:
        hint = f"the job needs the permission `{_PERMISSIONS[part]}`"
    what = f"{method} {path.partition('?')[0]}: {response.status_code} {short(line(said))}"
    return UserError(f"GitHub refused {what}", hint)
