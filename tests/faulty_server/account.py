"""The account on the server's side: subscriptions, their ids, and every state it was ever in."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

Pair = tuple[str, str]  # URL, event type


class Ids(StrEnum):
    """How new subscriptions are numbered."""

    SEQUENTIAL = "sequential"  # strings, so that "10" < "9"
    RANDOM = "random"  # before or after the others, nobody knows
    NUMBERS = "numbers"  # JSON numbers


@dataclass(frozen=True, slots=True)
class Stored:
    """A subscription as the server keeps it."""

    id: str | int
    name: str
    to_url: str
    event_types: tuple[str, ...]
    others: tuple[tuple[str, object], ...] = ()  # whatever else a body has: names and values, sorted

    def pairs(self) -> frozenset[Pair]:
        return frozenset((self.to_url, event_type) for event_type in self.event_types)

    def content(self) -> tuple[object, ...]:
        """What is compared: all but the id, event types in any order."""
        return self.name, self.to_url, frozenset(self.event_types), *self.others

    def as_json(self) -> dict[str, object]:
        return {
            "id": self.id,
            "name": self.name,
            "to_url": self.to_url,
            "event_types": list(self.event_types),
            **dict(self.others),
        }


def stored(id_: str | int, name: str, to_url: str, *event_types: str) -> Stored:
    return Stored(id_, name, to_url, event_types)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The account after a change. `request` is the position in the log of the request that made it, or
    that was the latest one when something else did (`cause`: start, request, late, second writer).
    """

    request: int
    cause: str
    at: float  # seconds on the server's clock
    account: tuple[Stored, ...]
    before: Stored | None = None  # the one that was changed, as it was
    after: Stored | None = None  # and as it is

    @property
    def covered(self) -> frozenset[Pair]:
        return frozenset(pair for row in self.account for pair in row.pairs())


@dataclass(frozen=True, slots=True)
class Gap:
    """Wanted pairs that nobody carried after the change at `position` of the history."""

    position: int
    request: int
    cause: str
    missing: frozenset[Pair]


@dataclass(slots=True)
class Account:
    """Subscriptions in the order in which they were made; `history` has a snapshot per change."""

    start: Sequence[Stored]
    ids: Ids = Ids.SEQUENTIAL
    clock: Callable[[], float] = time.monotonic
    history: list[Snapshot] = field(init=False, default_factory=list)
    cause: str = field(init=False, default="start")
    request: int = field(init=False, default=-1)
    _rows: dict[str, Stored] = field(init=False, default_factory=dict)
    _places: dict[str, int] = field(init=False, default_factory=dict)  # also of what is gone
    _last_id: int = field(init=False, default=0)
    _dice: random.Random = field(init=False, default_factory=lambda: random.Random(0))

    def __post_init__(self) -> None:
        for row in self.start:
            if str(row.id) in self._places:
                raise ValueError(f"two subscriptions with the id {row.id}")
            self._put(row)
        self._snapshot()

    @property
    def rows(self) -> tuple[Stored, ...]:
        return tuple(self._rows.values())

    def place(self, row: Stored) -> int:
        """Its place in the order of creation, from 1; it never changes, so it serves as the cursor."""
        return self._places[str(row.id)]

    def get(self, id_: str) -> Stored | None:
        return self._rows.get(id_)

    def new_id(self) -> str | int:
        """An id that was never used before."""
        while True:
            self._last_id += 1
            number = self._dice.getrandbits(40) if self.ids is Ids.RANDOM else self._last_id
            id_ = f"{number:010x}" if self.ids is Ids.RANDOM else str(number)
            if id_ not in self._places:
                self._places[id_] = len(self._places) + 1
                return number if self.ids is Ids.NUMBERS else id_

    def create(self, name: str, to_url: str, event_types: Iterable[str]) -> Stored:
        row = Stored(self.new_id(), name, to_url, tuple(event_types))
        self.put(row)
        return row

    def put(self, row: Stored) -> None:
        """Create or overwrite."""
        before = self._rows.get(str(row.id))
        self._put(row)
        self._snapshot(before, row)

    def delete(self, id_: str | int) -> bool:
        """Whether there was one."""
        gone = self._rows.pop(str(id_), None)
        if gone is not None:
            self._snapshot(gone)
        return gone is not None

    def gaps(self, wanted: Iterable[Pair], since: int) -> list[Gap]:
        carried = Counter(pair for row in self.history[since].account for pair in row.pairs())
        kept = frozenset(wanted) & carried.keys()
        found = []
        for position, snapshot in enumerate(self.history[since + 1 :], since + 1):
            carried.subtract(snapshot.before.pairs() if snapshot.before else ())
            carried.update(snapshot.after.pairs() if snapshot.after else ())
            if missing := {pair for pair in kept if carried[pair] <= 0}:
                found.append(Gap(position, snapshot.request, snapshot.cause, frozenset(missing)))
        return found

    def gone_since(self, at: float) -> tuple[Stored, ...]:
        """What was deleted later than that."""
        recent = [snapshot for snapshot in self.history[1:] if snapshot.at > at]
        return tuple(snapshot.before for snapshot in recent if snapshot.before and not snapshot.after)

    def as_of(self, back: int, *, shows_gone: bool) -> tuple[Stored, ...]:
        """The account `back` changes ago; see `Stale` for `shows_gone`."""
        then = self.history[max(0, len(self.history) - 1 - back)].account
        if shows_gone:
            return then
        seen = [(row, self._rows.get(str(row.id))) for row in then]
        return tuple(row if row.pairs() <= now.pairs() else now for row, now in seen if now is not None)

    def _put(self, row: Stored) -> None:
        key = str(row.id)
        self._places.setdefault(key, len(self._places) + 1)
        self._rows[key] = row

    def _snapshot(self, before: Stored | None = None, after: Stored | None = None) -> None:
        snapshot = Snapshot(self.request, self.cause, self.clock(), self.rows, before, after)
        self.history.append(snapshot)


@dataclass(frozen=True, slots=True)
class Creates:
    """A second writer's act: one more subscription."""

    name: str
    to_url: str
    event_types: tuple[str, ...]

    def __call__(self, account: Account) -> None:
        account.create(self.name, self.to_url, self.event_types)


@dataclass(frozen=True, slots=True)
class Deletes:
    """A second writer's act: the subscription at `position` (modulo how many there are) goes."""

    position: int

    def __call__(self, account: Account) -> None:
        if rows := account.rows:
            account.delete(rows[self.position % len(rows)].id)


@dataclass(frozen=True, slots=True)
class Patches:
    """A second writer's act: the subscription at `position` (modulo how many there are) changes."""

    position: int
    name: str = ""
    event_types: tuple[str, ...] = ()

    def __call__(self, account: Account) -> None:
        if rows := account.rows:
            row = rows[self.position % len(rows)]
            event_types = self.event_types or row.event_types
            account.put(replace(row, name=self.name or row.name, event_types=event_types))
