"""What goes wrong with a change: it comes late, is stored as something else, or is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar, TypeAlias
from unicodedata import normalize

from tests.faulty_server.account import Account, Stored
from tests.faulty_server.faults.connections import Reset
from tests.faulty_server.faults.fault import Change, Exchange, Fault, Line
from tests.faulty_server.messages import WRITES, Answer, Call, as_json, problem

Rewrite: TypeAlias = "Callable[[Stored], Stored]"
_NO_ANSWER = Reset()


@dataclass(frozen=True, slots=True)
class Late(Fault):
    """The change is carried out later: before the request so many after this one, or after `seconds`.

    Meanwhile the client gets the answer of another fault.
    """

    calls: ClassVar[frozenset[Call]] = WRITES
    further_requests: int = 2
    seconds: float | None = None
    reply: Fault = _NO_ANSWER

    def applies(self, x: Exchange) -> bool:
        return Fault.applies(self, x) and x.changes

    def change(self, right: Change | None, x: Exchange) -> Change | None:
        if right:
            x.later(right, requests=self.further_requests, seconds=self.seconds)
        return None

    def answer(self, right: Answer, x: Exchange) -> Answer:
        return self.reply.answer(right, x)

    async def send(self, answer: Answer, line: Line) -> None:
        await self.reply.send(answer, line)


@dataclass(frozen=True, slots=True)
class _OnContents(Fault):
    """What is sent is carried out, in its own way."""

    calls: ClassVar[frozenset[Call]] = frozenset({Call.CREATE, Call.PATCH})

    def change(self, right: Change | None, x: Exchange) -> Change | None:
        return right


@dataclass(frozen=True, slots=True)
class StoresOther(_OnContents):
    """The server keeps what `rewrite` makes of what was sent; with `hides_it` its answer does not say so."""

    rewrite: Rewrite
    hides_it: bool = False

    @property
    def kind(self) -> str:
        return f"StoresOther: {self.rewrite.__name__}"

    def row(self, right: Stored, x: Exchange) -> Stored:
        return self.rewrite(right)

    def answer(self, right: Answer, x: Exchange) -> Answer:
        return as_json(right.status, x.sent.as_json()) if self.hides_it and x.sent else right


def cuts_name(row: Stored) -> Stored:
    return replace(row, name=row.name[:-1] or "-")


def trims_name(row: Stored) -> Stored:
    return replace(row, name=row.name.strip())


def composes_name(row: Stored) -> Stored:
    return replace(row, name=normalize("NFC", row.name))


def adds_slash(row: Stored) -> Stored:
    return replace(row, to_url=f"{row.to_url}/")


def lowers_url(row: Stored) -> Stored:
    return replace(row, to_url=row.to_url.lower())


def drops_fragment(row: Stored) -> Stored:
    return replace(row, to_url=row.to_url.partition("#")[0])


def drops_event(row: Stored) -> Stored:
    return replace(row, event_types=row.event_types[:-1])


def adds_event(row: Stored) -> Stored:
    return replace(row, event_types=(*row.event_types, "Payment.FAILED"))


REWRITES: tuple[Rewrite, ...] = (
    cuts_name,
    trims_name,
    composes_name,
    adds_slash,
    lowers_url,
    drops_fragment,
    drops_event,
    adds_event,
)


@dataclass(frozen=True, slots=True)
class Upserts(_OnContents):
    """A POST with the name of an existing subscription changes that one."""

    def row(self, right: Stored, x: Exchange) -> Stored:
        return next((replace(right, id=row.id) for row in x.account.rows if row.name == right.name), right)


@dataclass(frozen=True, slots=True)
class TellsOther(_OnContents):
    """It is carried out as sent, and the answer tells of the first subscription of the account."""

    def answer(self, right: Answer, x: Exchange) -> Answer:
        return as_json(right.status, x.account.rows[0].as_json()) if x.account.rows else right


@dataclass(frozen=True, slots=True)
class _Refuses(Fault):
    calls: ClassVar[frozenset[Call]] = frozenset({Call.CREATE})
    status: ClassVar[int] = 409

    def applies(self, x: Exchange) -> bool:
        return Fault.applies(self, x) and x.changes and self.refuses(x)

    def refuses(self, x: Exchange) -> bool:
        raise NotImplementedError

    def answer(self, right: Answer, x: Exchange) -> Answer:
        return problem(self.status, x.received.target, type(self).__name__)


@dataclass(frozen=True, slots=True)
class RefusesTwins(_Refuses):
    """No second subscription of a name."""

    def refuses(self, x: Exchange) -> bool:
        return x.sent is not None and x.sent.name in {row.name for row in x.account.rows}


@dataclass(frozen=True, slots=True)
class Full(_Refuses):
    """No more than so many subscriptions."""

    status: ClassVar[int] = 402
    size: int

    def refuses(self, x: Exchange) -> bool:
        return len(x.account.rows) >= self.size


Act: TypeAlias = "Callable[[Account], object]"


@dataclass(frozen=True, slots=True)
class SecondWriter(Fault):
    """Someone else acts right before the request is looked at, or after it was carried out and before
    its answer. `act` runs in the server's thread and may do anything, such as killing the client. It
    combines with another fault on the same call.
    """

    act: Act
