"""What the page asks for, as JSON. Values that are hidden are in none of it but `value`."""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
from collections.abc import Callable
from typing import Any, Final

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from defacto_webhooks.inbox import redacted_view
from defacto_webhooks.inbox.receiver import NAME
from defacto_webhooks.inbox.static_files import HEADERS
from defacto_webhooks.inbox.store import Filter, Full, Store
from defacto_webhooks.local_server.problems import Problem, invalid
from defacto_webhooks.local_server.request_body import read_as

_PAGE: Final = 50
_MAX_PAGE: Final = 200
_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz23456789"


class _NewInbox(BaseModel):
    model_config = ConfigDict(strict=True, hide_input_in_errors=True)
    name: str | None = None


class PageApi:
    """The endpoints. `changed` is called when the live streams have something to say."""

    def __init__(
        self, store: Store, clock: Callable[[], float], fixed: str | None, changed: Callable[[], None]
    ) -> None:
        self._store = store
        self._clock = clock
        self._fixed = fixed
        self._changed = changed

    async def inboxes(self, request: Request) -> Response:
        if request.method == "POST":
            wanted = await read_as(request, _NewInbox, optional=True)
            name = wanted.name or "".join(secrets.choice(_LETTERS) for _ in range(16))
            if NAME.fullmatch(name) is None:
                raise invalid(("name", "has other characters than letters, digits, - and _, or over 64"))
            try:
                created = self._store.create(name, self._clock())
            except Full as error:
                raise Problem(507, f"There can't be another inbox: {error.message}.") from error
            return answer({"name": name}, 201 if created else 200)
        limits = self._store.limits
        return answer(
            {
                "inboxes": self._store.inboxes(),
                "fixed": self._fixed,
                "limits": {"notifications": limits.notifications, "bytes": limits.bytes},
            }
        )

    async def inbox(self, request: Request) -> Response:
        if not self._store.clear(request.path_params["name"], delete=True):
            raise unknown()
        self._changed()
        return Response(status_code=204, headers=HEADERS)

    async def notifications(self, request: Request) -> Response:
        name = request.path_params["name"]
        if request.method == "DELETE":
            if not self._store.clear(name):
                raise unknown()
            self._changed()
            return Response(status_code=204, headers=HEADERS)
        # Before the list: what comes in between is then told of twice instead of never.
        last, state = self._store.last(), self._store.state(name)
        if state is None:
            raise unknown()
        limit = min(number(request, "limit", _PAGE), _MAX_PAGE)
        rows = self._store.newest(
            name, wanted(request), before=number(request, "before", 0) or None, limit=limit + 1
        )
        return answer(
            {
                "notifications": [summary(row) for row in rows[:limit]],
                "more": len(rows) > limit,
                "last": last,
                "state": state,
                "event_types": self._store.event_types(name),
            }
        )

    async def notification(self, request: Request) -> Response:
        row = self._row(request)
        return answer(
            {
                **summary(row),
                "is_json": bool(row["is_json"]),
                "body": row["body"].decode("utf-8", "replace"),
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

    def _row(self, request: Request) -> sqlite3.Row:
        seq = request.path_params["seq"]
        row = (
            self._store.one(request.path_params["name"], int(seq))
            if re.fullmatch("[0-9]{1,18}", seq)
            else None
        )
        if row is None:
            raise Problem(404, "There is no such notification; it may have been cleared or dropped.")
        return row


def summary(row: sqlite3.Row) -> dict[str, Any]:
    """A line of the list."""
    return {
        "seq": row["seq"],
        "received_at": row["received_at"],
        "fields": json.loads(row["fields"]),
        "problems": json.loads(row["problems"]),
        "duplicate_of": row["duplicate_of"],
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


def answer(content: object, status: int = 200) -> Response:
    return JSONResponse(content, status, headers=HEADERS)
