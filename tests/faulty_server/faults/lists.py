"""What goes wrong with the list of subscriptions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from tests.faulty_server.account import Stored
from tests.faulty_server.faults.fault import Exchange, Fault, Target
from tests.faulty_server.listing import Page, list_url
from tests.faulty_server.messages import Call

_ENDLESS = "endless"


@dataclass(frozen=True, slots=True)
class _OnLists(Fault):
    calls: ClassVar[frozenset[Call]] = frozenset({Call.LIST})


@dataclass(frozen=True, slots=True)
class Stale(_OnLists):
    """The list as it was `back` changes ago.

    Without `shows_gone` it shows no subscription that was deleted and no pair that was patched away
    since, as GUARANTEES allows apply to assume; what was added since is missing.
    """

    back: int = 1
    shows_gone: bool = False

    def page(self, right: Page, x: Exchange) -> Page:
        return x.page_of(x.account.as_of(self.back, shows_gone=self.shows_gone))


@dataclass(frozen=True, slots=True)
class Lingers(_OnLists):
    """What is gone since less than `seconds` is still shown, at the end."""

    seconds: float = 2.0

    def page(self, right: Page, x: Exchange) -> Page:
        return x.page_of((*x.account.rows, *x.account.gone_since(x.entry.at - self.seconds)))


@dataclass(frozen=True, slots=True)
class Short(_OnLists):
    """A page without `drop` entries, at its end or start, and a `count` that has them, or not."""

    drop: int = 1
    from_end: bool = True
    honest_count: bool = False  # True can't be noticed by anyone

    def page(self, right: Page, x: Exchange) -> Page:
        kept = right.rows[: -self.drop] if self.from_end else right.rows[self.drop :]
        lost = len(right.rows) - len(kept) if self.honest_count else 0
        return replace(right, rows=kept, count=right.count - lost, total=right.total - lost)


@dataclass(frozen=True, slots=True)
class LyingCount(_OnLists):
    """The whole list, and a `count` (or with `total`, a `total`) that is off by `by`."""

    by: int = 1
    total: bool = False

    def page(self, right: Page, x: Exchange) -> Page:
        if self.total:
            return replace(right, total=right.total + self.by)
        return replace(right, count=right.count + self.by)


@dataclass(frozen=True, slots=True)
class PageLoop(_OnLists):
    """`next_page` is the page itself, the first one, or (`endless`) ever new cursors with the same data."""

    to_first: bool = False
    endless: bool = False

    def page(self, right: Page, x: Exchange) -> Page:
        if self.endless:
            number = int(x.received.query.get("cursor", "").removeprefix(_ENDLESS) or 0)
            next_page = list_url(right.page_size, f"{_ENDLESS}{number + 1}")
        else:
            next_page = "/webhooks" if self.to_first else x.received.target
        return replace(right, next_page=next_page)


@dataclass(frozen=True, slots=True)
class ForeignPage(_OnLists):
    """`next_page` on another origin, which answers there as if it were the API."""

    to: Target = Target.OTHER

    def page(self, right: Page, x: Exchange) -> Page:
        return replace(right, next_page=x.url(self.to, list_url(right.page_size, 0)))


@dataclass(frozen=True, slots=True)
class Shows(_OnLists):
    """One more row, at the end: such as no POST would make."""

    extra: Stored

    def page(self, right: Page, x: Exchange) -> Page:
        return replace(right, rows=(*right.rows, self.extra), count=right.count + 1, total=right.total + 1)
