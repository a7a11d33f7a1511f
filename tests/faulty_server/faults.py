"""What can go wrong, as data: which fault, on which call, before or after the change is carried out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, TypeAlias

from tests.faulty_server.account import Account


class When(StrEnum):
    """Whether the server carries the request out before the fault happens. Reads don't care."""

    BEFORE = "before"  # the request is never carried out
    AFTER = "after"  # it is carried out, and the answer goes wrong


class Call(StrEnum):
    """The calls of the API; ANY and WRITE count several of them together."""

    ANY = "any"
    WRITE = "write"
    HELLO = "hello"
    LIST = "list"  # each page is a call
    CREATE = "create"
    PATCH = "patch"
    DELETE = "delete"
    UNKNOWN = "unknown"


WRITES = frozenset({Call.CREATE, Call.PATCH, Call.DELETE})
EVERYWHERE = frozenset(Call)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`calls` are those on which the fault makes sense; on others it does not fire."""

    calls: ClassVar[frozenset[Call]] = EVERYWHERE
    when: When = When.BEFORE

    @property
    def kind(self) -> str:
        """For statistics: the class, with what matters most about it."""
        return type(self).__name__


@dataclass(frozen=True, slots=True)
class Reset(Fault):
    """The connection is reset (RST); no byte of an answer."""


@dataclass(frozen=True, slots=True)
class Hang(Fault):
    """No answer until the client gives up; or for `seconds`, then a reset."""

    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Slow(Fault):
    """The right answer, `seconds` late. With BEFORE it is right in form only: nothing was carried out."""

    seconds: float = 0.05


@dataclass(frozen=True, slots=True)
class Drip(Fault):
    """The answer, `step` bytes at a time with `pause_s` between them: each single read is in time."""

    pause_s: float = 0.001
    step: int = 1


@dataclass(frozen=True, slots=True)
class Status(Fault):
    """An RFC 7807 error. `echo` quotes the request, key and all, in the `detail`."""

    code: int = 500
    retry_after: int | None = None  # seconds
    as_date: bool = False  # `Retry-After` as an HTTP date
    html: bool = False  # an error page of something in front of the API
    echo: bool = False
    field: str = "to_url"  # that a 422 complains about

    @property
    def kind(self) -> str:
        return f"Status{self.code}"


@dataclass(frozen=True, slots=True)
class Html(Fault):
    """A page for humans, with a status that says all is well."""

    status: int = 200


@dataclass(frozen=True, slots=True)
class HalfJson(Fault):
    """Half of the JSON, with a Content-Length that fits."""


@dataclass(frozen=True, slots=True)
class CutOff(Fault):
    """Half of the body that Content-Length announces, then the end of the connection (or a reset)."""

    reset: bool = False


@dataclass(frozen=True, slots=True)
class WrongType(Fault):
    """Valid JSON that is not what it should be."""

    body: str = "{}"


class Target(StrEnum):
    """Where a redirect or a `next_page` points to."""

    SAME = "same origin"
    OTHER = "http://other"
    NO_SCHEME = "//other"
    USERINFO = "http://this@other"  # a careless comparison sees this origin


@dataclass(frozen=True, slots=True)
class Redirect(Fault):
    status: int = 307
    to: Target = Target.OTHER


@dataclass(frozen=True, slots=True)
class Stale(Fault):
    """The list as it was `back` changes ago.

    Without `shows_gone` it shows no subscription that was deleted and no pair that was patched away
    since, as GUARANTEES allows apply to assume; what was added since is missing.
    """

    calls: ClassVar[frozenset[Call]] = frozenset({Call.LIST})
    back: int = 1
    shows_gone: bool = False


@dataclass(frozen=True, slots=True)
class Short(Fault):
    """A page without `drop` entries, at its end or start, and a `count` that has them, or not."""

    calls: ClassVar[frozenset[Call]] = frozenset({Call.LIST})
    drop: int = 1
    from_end: bool = True
    honest_count: bool = False  # True can't be noticed by anyone


@dataclass(frozen=True, slots=True)
class LyingCount(Fault):
    """The whole list, and a `count` (or with `total`, a `total`) that is off by `by`."""

    calls: ClassVar[frozenset[Call]] = frozenset({Call.LIST})
    by: int = 1
    total: bool = False


@dataclass(frozen=True, slots=True)
class PageLoop(Fault):
    """`next_page` is the page itself, the first one, or (`endless`) ever new cursors with the same data."""

    calls: ClassVar[frozenset[Call]] = frozenset({Call.LIST})
    to_first: bool = False
    endless: bool = False


@dataclass(frozen=True, slots=True)
class ForeignPage(Fault):
    """`next_page` on another origin, which answers there as if it were the API."""

    calls: ClassVar[frozenset[Call]] = frozenset({Call.LIST})
    to: Target = Target.OTHER


LIST_FAULTS = (Stale, Short, LyingCount, PageLoop, ForeignPage)


@dataclass(frozen=True, slots=True)
class Late(Fault):
    """The change is carried out later: after so many further requests, or after `seconds`.

    Meanwhile the client gets `answer`, which must be one without a body of the API's.
    """

    calls: ClassVar[frozenset[Call]] = WRITES
    further_requests: int = 2
    seconds: float | None = None
    answer: Reset | Hang | Status = Reset()


class Distortion(StrEnum):
    NAME = "trims the name"
    EVENT = "drops an event type"
    URL = "changes the URL"


@dataclass(frozen=True, slots=True)
class StoresOther(Fault):
    """The server keeps something else than was sent; with `hides_it` the answer does not show that."""

    calls: ClassVar[frozenset[Call]] = frozenset({Call.CREATE, Call.PATCH})
    what: Distortion = Distortion.NAME
    hides_it: bool = False

    @property
    def kind(self) -> str:
        return f"StoresOther{self.what.name.title()}"


Act: TypeAlias = "Callable[[Account], object]"


@dataclass(frozen=True, slots=True)
class SecondWriter(Fault):
    """Someone else acts right before the request is looked at, or after it was carried out and before
    its answer. `act` runs in the server's thread and may do anything, such as killing the client. It
    combines with another fault on the same call.
    """

    act: Act


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
