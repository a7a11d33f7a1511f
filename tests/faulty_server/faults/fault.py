"""What every fault is: hooks into the way of a request through the server. A new fault overrides one or two.

On the way lie, in this order, each with what is right as its first argument and giving what happens instead:

- `page`: a page of the list of subscriptions;
- `row`: what a POST or PATCH leaves in the account;
- `change`: what carries the request out; None where nothing is to be changed;
- `answer`: the answer;
- `send`: the bytes of the answer on the connection.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol, TypeAlias

from tests.faulty_server.account import Account, Stored
from tests.faulty_server.listing import Page
from tests.faulty_server.messages import Answer, Call, Received, Request

Change: TypeAlias = "Callable[[], object]"


class When(StrEnum):
    """Whether the server carries the request out before the fault happens. Reads don't care."""

    BEFORE = "before"  # the request is never carried out
    AFTER = "after"  # it is carried out, and the answer goes wrong


class Target(StrEnum):
    """Where a redirect or a `next_page` points to."""

    SAME = "same origin"
    OTHER = "http://other"
    NO_SCHEME = "//other"
    USERINFO = "http://this@other"  # a careless comparison sees this origin


class Exchange(Protocol):
    """One request on its way, as far as a fault may see it."""

    received: Received
    entry: Request
    account: Account
    sent: Stored | None  # by a POST or PATCH

    @property
    def changes(self) -> bool:
        """Whether it would change anything if all went well."""

    def url(self, to: Target, target: str) -> str:
        """`target`, a path with its query, there."""

    def page_of(self, rows: tuple[Stored, ...]) -> Page:
        """The page that is asked for, of a list of these."""

    def later(self, change: Change, *, requests: int, seconds: float | None) -> None:
        """Carry out `change` before the request so many after this one; or in so many seconds."""


class Line(Protocol):
    """A connection, as far as a fault may use it."""

    def send(self, answer: Answer) -> None:
        """The whole answer; then the next request may come."""

    def bytes_of(self, answer: Answer) -> tuple[bytes, bytes]:
        """Head and body, as they go over the wire."""

    def write(self, data: bytes) -> None: ...

    def write_past_tls(self, data: bytes) -> None:
        """Write below the encryption."""

    def write_last(self, data: bytes, answer: Answer) -> None:
        """The end of `answer`; then the next request may come."""

    def close(self) -> None: ...

    def reset(self) -> None:
        """RST instead of FIN: the client sees "connection reset by peer"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`calls` are those on which the fault makes sense; on others it does not fire."""

    calls: ClassVar[frozenset[Call]] = frozenset(Call)
    when: When = When.BEFORE

    @property
    def kind(self) -> str:
        """For statistics: the class, with what matters most about it."""
        return type(self).__name__

    def applies(self, x: Exchange) -> bool:
        return x.entry.call in self.calls

    def page(self, right: Page, x: Exchange) -> Page:
        return right

    def row(self, right: Stored, x: Exchange) -> Stored:
        return right

    def change(self, right: Change | None, x: Exchange) -> Change | None:
        return right if self.when is When.AFTER else None

    def answer(self, right: Answer, x: Exchange) -> Answer:
        return right

    async def send(self, answer: Answer, line: Line) -> None:
        line.send(answer)


@dataclass(frozen=True, slots=True)
class On:
    """`fault` on the `nth` (from 1) request of that kind, and on the next ones up to `times` in all.

    Where several are due on one request, the first in the list happens; second writers always do.
    """

    call: Call
    nth: int
    fault: Fault
    times: int = 1


@dataclass(frozen=True, slots=True)
class Fired:
    """A fault that happened, and made a difference, on the request at this position of the log."""

    on: On
    request: int
