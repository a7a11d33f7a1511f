"""What the page asks for, as JSON. Values that are hidden are in none of it but `value`."""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass
from typing import Any, Final, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from defacto_webhooks.inbox import json_lines, redacted_view
from defacto_webhooks.inbox.receiver import NAME
from defacto_webhooks.inbox.static_files import HEADERS
from defacto_webhooks.inbox.store import Filter, Store
from defacto_webhooks.local_server.one_attempt import Forward
from defacto_webhooks.local_server.problems import Problem, invalid
from defacto_webhooks.local_server.request_body import RequestBody, read_as
from defacto_webhooks.redaction import SecretUrl

_PAGE: Final = 50
_MAX_PAGE: Final = 200
_BATCH: Final = 50  # notifications of an export that are read at once
_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz23456789"


class _NewInbox(RequestBody):
    name: str | None = None


class Resender(Protocol):
    """Sends a stored notification again."""

    @property
    def url(self) -> SecretUrl:
        """Where to."""

    async def resend(self, seq: int) -> Forward | None:
        """What came of it; None if notification `seq` is not there any more."""


@dataclass
class PageApi:
    """The endpoints.

    fixed: the inbox that the page opens with. needs_token: whether callers have to carry one.
    resender: what "Resend" sends with; None: it can't.
    """

    store: Store
    clock: Callable[[], float]
    fixed: str | None
    needs_token: bool
    resender: Resender | None = None

    async def inboxes(self, request: Request) -> Response:
        if request.method == "POST":
            wanted = await read_as(request, _NewInbox, optional=True)
            name = wanted.name or "".join(secrets.choice(_LETTERS) for _ in range(16))
            if NAME.fullmatch(name) is None:
                raise invalid(("name", "must have up to 64 letters, digits, - and _"))
            return answer({"name": name}, 201 if self.store.create(name, self.clock()) else 200)
        limits = self.store.limits
        return answer(
            {
                "inboxes": self.store.inboxes(),
                "fixed": self.fixed,
                "limits": {"notifications": limits.notifications, "bytes": limits.bytes},
                "needs_token": self.needs_token,
                "forward_to": None if self.resender is None else str(self.resender.url),
            }
        )

    async def inbox(self, request: Request) -> Response:
        return done(self.store.delete_inbox(request.path_params["name"]))

    async def notifications(self, request: Request) -> Response:
        name = request.path_params["name"]
        if request.method == "DELETE":
            return done(self.store.clear(name))
        # Before the list: what comes in between is then told of twice instead of never.
        revision, state = self._state(name)
        limit = min(number(request, "limit", _PAGE), _MAX_PAGE)
        rows = self.store.newest(
            name, wanted(request), before=number(request, "before", 0) or None, limit=limit + 1
        )
        return answer(
            {
                "notifications": [summary(row) for row in rows[:limit]],
                "more": len(rows) > limit,
                "revision": revision,
                "state": state,
                "event_types": self.store.event_types(name),
            }
        )

    async def changes(self, request: Request) -> Response:
        """What is new or different since the revision `after`, oldest first.

        The page asks again and again. A stream would be sooner by half a second, and would hang the seventh
        tab: a browser opens six connections to a host that speaks HTTP/1.1.
        """
        name, after = request.path_params["name"], number(request, "after", 0)
        revision, state = self._state(name)
        if after > revision:
            return answer({"reset": True})  # the file was deleted meanwhile, and numbers start again
        rows = self.store.changed(name, wanted(request), after=after, to=revision, limit=_MAX_PAGE)
        more = len(rows) == _MAX_PAGE
        return answer(
            {
                "notifications": [summary(row) for row in rows],
                "more": more,
                "revision": rows[-1]["revision"] if more else revision,
                "state": state,
            }
        )

    async def export(self, request: Request) -> Response:
        """What the filter leaves, oldest first, one JSON object a line."""
        name, condition = request.path_params["name"], wanted(request)
        self._state(name)
        headers = {**HEADERS, "content-disposition": f'attachment; filename="{name}.jsonl"'}
        return StreamingResponse(
            self._lines(name, condition), media_type="application/x-ndjson", headers=headers
        )

    async def notification(self, request: Request) -> Response:
        row = self._row(request)
        if request.method == "DELETE":
            return done(self.store.delete(row["inbox"], row["seq"]))
        return answer(
            {
                **summary(row),
                "is_json": bool(row["is_json"]),
                "body": row["body"].decode("utf-8", "replace"),
                "source": row["source"],
                "path": redacted_view.path_parts(row["path"], row["inbox"]),
                "query": redacted_view.query_parts(row["query"]),
                "headers": redacted_view.header_parts(json.loads(row["headers"])),
            }
        )

    async def value(self, request: Request) -> Response:
        row = self._row(request)
        value = redacted_view.hidden_value(
            request.query_params.get("part", ""),
            number(request, "index", 0),
            path=row["path"],
            query=row["query"],
            headers=json.loads(row["headers"]),
        )
        if value is None:
            raise Problem(404, "There is no such value.")
        return answer({"value": value})

    async def resend(self, request: Request) -> Response:
        """Forwards it once more, and answers with what came of it."""
        seq = self._row(request)["seq"]
        if self.resender is None:
            raise Problem(409, "There is nowhere to send it: run `listen` with --forward-to URL.")
        forward = await self.resender.resend(seq)
        if forward is None:
            raise gone()
        return answer(asdict(forward))

    async def _lines(self, name: str, condition: Filter) -> AsyncIterator[str]:
        after = 0
        while rows := self.store.whole(name, condition, after=after, limit=_BATCH):
            after = rows[-1]["seq"]
            yield "".join(json.dumps(json_lines.from_row(row)) + "\n" for row in rows)

    def _state(self, name: str) -> tuple[int, dict[str, int]]:
        revision, state = self.store.revision(), self.store.state(name)
        if state is None:
            raise unknown()
        return revision, state

    def _row(self, request: Request) -> sqlite3.Row:
        seq = request.path_params["seq"]
        row = self.store.one(int(seq)) if re.fullmatch("[0-9]{1,18}", seq) else None
        if row is None or row["inbox"] != request.path_params["name"]:
            raise gone()
        return row


def summary(row: sqlite3.Row) -> dict[str, Any]:
    """A line of the list."""
    return {
        "seq": row["seq"],
        "received_at": row["received_at"],
        "fields": json.loads(row["fields"]),
        "problems": json.loads(row["problems"]),
        "duplicate_of": row["duplicate_of"],
        "forwards": json.loads(row["forwards"]),
    }


def wanted(request: Request) -> Filter:
    """The filter in the query `q`, `type`, `only`."""
    params = request.query_params
    words = tuple(params.get("q", "")[:200].split()[:8])
    return Filter(words, params.get("type") or None, params.get("only") or None)


def number(request: Request, name: str, default: int) -> int:
    """A whole number in the query. Raises Problem (422)."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if re.fullmatch("[0-9]{1,18}", text) is None:
        raise invalid((name, "is not a whole number"))
    return int(text)


def unknown() -> Problem:
    return Problem(404, "There is no such inbox.")


def gone() -> Problem:
    return Problem(404, "There is no such notification; it may have been deleted, or dropped to make room.")


def done(found: bool) -> Response:
    """The answer to a DELETE."""
    if not found:
        raise unknown()
    return Response(status_code=204, headers=HEADERS)


def answer(content: object, status: int = 200) -> Response:
    return JSONResponse(content, status, headers=HEADERS)
