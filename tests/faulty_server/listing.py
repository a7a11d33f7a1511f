"""A page of the list of subscriptions, as it should be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

from tests.faulty_server.account import Account, Stored
from tests.faulty_server.messages import Answer, Received, as_json


class Count(StrEnum):
    """What `count` in the envelope of a page means; it is not documented. ABSENT: nor is there a `total`.
    BARE: a list, no envelope.
    """

    TOTAL = "total"
    PAGE = "page"
    ABSENT = "absent"
    BARE = "bare"


@dataclass(frozen=True, slots=True)
class Page:
    rows: tuple[Stored, ...]
    count: int
    total: int
    page_size: int
    next_page: str | None

    def answer(self, style: Count) -> Answer:
        data = [row.as_json() for row in self.rows]
        if style is Count.BARE:
            return as_json(200, data)
        envelope: dict[str, object] = {
            "page_size": self.page_size,
            "next_page": self.next_page,
            "data": data,
        }
        if style is not Count.ABSENT:
            envelope |= {"count": self.count, "total": self.total}
        return as_json(200, envelope)


def page_of(
    account: Account,
    rows: tuple[Stored, ...],
    received: Received,
    *,
    page_size: int,
    style: Count,
) -> Page:
    """The page of `rows` that is asked for; its cursor is the place of the last row of the page before."""
    query = received.query
    cursor = query.get("cursor", "0")
    size = min(int(query.get("page_size", page_size)), page_size)
    after = int(cursor) if cursor.isdigit() else 0
    rest = [row for row in rows if account.place(row) > after]
    data, more = rest[:size], len(rest) > size
    return Page(
        rows=tuple(data),
        count=len(rows) if style is Count.TOTAL else len(data),
        total=len(rows),
        page_size=size,
        next_page=list_url(size, account.place(data[-1])) if more else None,
    )


def list_url(page_size: int, cursor: int | str) -> str:
    return f"/webhooks?{urlencode({'page_size': page_size, 'cursor': cursor})}"
