"""Lists come in pages: `{count, page_size, next_page, data}` (documented)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request

from defacto_webhooks.local_server.problems import invalid

_PAGE_SIZE: Final = 100
_MAX_PAGE_SIZE: Final = 1000


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list is wanted: `limit` entries (None: all) behind the entry with number `after`."""

    after: int
    limit: int | None

    @property
    def rows(self) -> int:
        """What to ask SQLite for: one more than fits, to see whether there is a next page."""
        return -1 if self.limit is None else self.limit + 1


def window(request: Request) -> Window:
    """From `cursor` and `page_size`; raises Problem (422).

    Paging is announced as not activated yet (documented), so a caller that names no size gets everything.
    """
    size, cursor = request.query_params.get("page_size"), request.query_params.get("cursor")
    limit = None
    if size is not None:
        limit = int(size) if re.fullmatch(r"[0-9]{1,6}", size) else 0
        if not 1 <= limit <= _MAX_PAGE_SIZE:
            raise invalid(("page_size", f"is not a number from 1 to {_MAX_PAGE_SIZE}"))
    if cursor is not None and not re.fullmatch(r"[0-9]{1,18}", cursor):
        raise invalid(("cursor", "is not a cursor of this list"))
    return Window(int(cursor or 0), limit)


def page(request: Request, wanted: Window, entries: Sequence[tuple[int, dict[str, Any]]]) -> dict[str, Any]:
    """The envelope around `entries`, (number, entry) pairs as many as `wanted.rows` asked for.

    `count` is the length of this page: the documented example fits that and the sum of all pages alike.
    """
    shown = entries if wanted.limit is None else entries[: wanted.limit]
    next_page = None
    if len(shown) < len(entries):
        query = [item for item in request.query_params.multi_items() if item[0] != "cursor"]
        next_page = f"{request.scope['path']}?{urlencode([*query, ('cursor', shown[-1][0])])}"
    return {
        "count": len(shown),
        "page_size": wanted.limit or max(_PAGE_SIZE, len(shown)),
        "next_page": next_page,
        "data": [entry for _, entry in shown],
    }
