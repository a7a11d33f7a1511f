"""One example's setup, and the list of subscriptions: whole pages, or such as a fault makes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

from tests.faulty_server import faults as f
from tests.faulty_server.account import Account, Ids, Stored
from tests.faulty_server.messages import Answer, Received, as_json

_ENDLESS = "endless"


class Count(StrEnum):
    """What `count` in the envelope of a page means; it is not documented. BARE: a list, no envelope."""

    TOTAL = "total"
    PAGE = "page"
    ABSENT = "absent"
    BARE = "bare"


@dataclass(frozen=True, slots=True)
class Setup:
    """One example: the account it starts with, and what will go wrong."""

    account: Sequence[Stored] = ()
    faults: Sequence[f.On] = ()
    page_size: int = 100
    count: Count = Count.TOTAL
    ids: Ids = Ids.SEQUENTIAL
    seed: int = 0
    latency_s: float = 0.0  # before a request is looked at
    key: str = "key-of-the-tests"


def page(
    account: Account, setup: Setup, received: Received, fault: f.Fault | None, origins: tuple[str, str]
) -> Answer:
    """The answer to GET /webhooks."""
    rows = account.rows
    if isinstance(fault, f.Stale):
        rows = account.as_of(fault.back, shows_gone=fault.shows_gone)
    query = received.query
    cursor = query.get("cursor", "0")
    size = min(int(query.get("page_size", setup.page_size)), setup.page_size)
    after = int(cursor) if cursor.isdigit() else 0
    rest = [row for row in rows if account.place(row) > after]
    data, more = rest[:size], len(rest) > size
    next_page = _list_url(size, account.place(data[-1])) if more else None
    all_of_them = len(data)
    if isinstance(fault, f.Short):
        data = data[: max(0, len(data) - fault.drop)] if fault.from_end else data[fault.drop :]
    count = len(rows) if setup.count is Count.TOTAL else len(data)
    total = len(rows)
    if isinstance(fault, f.Short):
        dropped = all_of_them - len(data)
        total -= dropped if fault.honest_count else 0
        if setup.count is Count.TOTAL and fault.honest_count:
            count -= dropped
        elif setup.count is Count.PAGE and not fault.honest_count:
            count += dropped
    if isinstance(fault, f.LyingCount) and fault.total:
        total += fault.by
    elif isinstance(fault, f.LyingCount):
        count += fault.by
    if cursor.startswith(_ENDLESS) or (isinstance(fault, f.PageLoop) and fault.endless):
        number = int(cursor.removeprefix(_ENDLESS)) if cursor.startswith(_ENDLESS) else 0
        next_page = _list_url(size, f"{_ENDLESS}{number + 1}")
    elif isinstance(fault, f.PageLoop):
        next_page = "/webhooks" if fault.to_first else received.target
    elif isinstance(fault, f.ForeignPage):
        next_page = url_to(origins, fault.to, _list_url(size, 0))
    envelope: dict[str, object] = {"page_size": size, "next_page": next_page}
    if setup.count is not Count.ABSENT:
        envelope |= {"count": count, "total": total}
    document = [row.as_json() for row in data]
    return as_json(200, document if setup.count is Count.BARE else {**envelope, "data": document})


def url_to(origins: tuple[str, str], to: f.Target, target: str) -> str:
    """`target` on this origin or on the other one; `origins` are their host:port."""
    this, other = origins
    match to:
        case f.Target.SAME:
            return target
        case f.Target.OTHER:
            return f"http://{other}{target}"
        case f.Target.NO_SCHEME:
            return f"//{other}{target}"
        case f.Target.USERINFO:
            return f"http://{this}@{other}{target}"


def _list_url(page_size: int, cursor: int | str) -> str:
    return f"/webhooks?{urlencode({'page_size': page_size, 'cursor': cursor})}"
