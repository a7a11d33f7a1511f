"""An account in memory that fails as it is told, for what is too slow over a socket: thousands of schedules.

The same promises are checked over real HTTP elsewhere; here the engine alone is on trial.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import Enum, auto

from defacto_webhooks.apply import Pace
from defacto_webhooks.errors import RequestError
from defacto_webhooks.subscription import RemoteSubscription, Subscription

NO_PAUSE = Pace(settle_s=0, stop_grace_s=0.05, stop_read_s=0.05)


class Fault(Enum):
    """What becomes of one call that changes something; or of one read."""

    NONE = auto()
    REFUSED = auto()  # not carried out, and the answer says so
    LOST_BEFORE = auto()  # not carried out, no answer
    LOST_AFTER = auto()  # carried out, no answer
    REFUSED_AFTER = auto()  # carried out, and the answer denies it
    LATE = auto()  # no answer; carried out two calls later
    STOP = auto()  # the user presses Ctrl-C while this is under way; it is carried out


class ReadFault(Enum):
    NONE = auto()
    FAILS = auto()
    STALE = auto()  # what was there before the newest creates; never what is gone


@dataclass(slots=True)
class MemoryAccount:
    """Records `covered` after each mutation."""

    remotes: list[RemoteSubscription]
    faults: list[Fault] = field(default_factory=list)
    read_faults: list[ReadFault] = field(default_factory=list)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    requests: int = 0
    log: list[str] = field(default_factory=list)
    history: list[frozenset[object]] = field(default_factory=list)
    late: list[tuple[int, Subscription | tuple[str, Subscription | None]]] = field(default_factory=list)
    writes: int = 0
    made: int = 0
    newest: str | None = None
    last_read: tuple[RemoteSubscription, ...] = ()

    async def list_subscriptions(self) -> tuple[RemoteSubscription, ...]:
        self._tick()
        self.log.append("read")
        fault = self.read_faults.pop(0) if self.read_faults else ReadFault.NONE
        if fault is ReadFault.FAILS:
            raise RequestError("the list can't be read")
        if fault is ReadFault.STALE:
            self.last_read = tuple(remote for remote in self.remotes if remote.id != self.newest)
        else:
            self.last_read = tuple(self.remotes)
        return self.last_read

    async def create(self, content: Subscription) -> RemoteSubscription:
        await self._change("create", content)
        return self.remotes[-1]

    async def patch(self, subscription_id: str, content: Subscription) -> RemoteSubscription:
        await self._change("patch", (subscription_id, content))
        return RemoteSubscription(subscription_id, content)

    async def delete(self, subscription_id: str) -> None:
        await self._change("delete", (subscription_id, None))

    async def _change(self, what: str, change: Subscription | tuple[str, Subscription | None]) -> None:
        self._tick()
        assert not self.stop.is_set(), "a request started after Ctrl-C"
        self.writes += 1
        self.log.append(what)
        fault = self.faults.pop(0) if self.faults else Fault.NONE
        if fault is Fault.LATE:
            self.late.append((self.requests + 2, change))
        elif fault not in {Fault.REFUSED, Fault.LOST_BEFORE}:
            self._commit(change)
        if fault is Fault.STOP:
            self.stop.set()
        elif fault in {Fault.REFUSED, Fault.REFUSED_AFTER}:
            raise RequestError("refused", status=422)
        elif fault is not Fault.NONE:
            raise RequestError("no answer", outcome_unknown=True)

    def _tick(self) -> None:
        self.requests += 1
        due, self.late = (
            [c for at, c in self.late if at <= self.requests],
            [(at, c) for at, c in self.late if at > self.requests],
        )
        for change in due:
            self._commit(change)

    def _commit(self, change: Subscription | tuple[str, Subscription | None]) -> None:
        if isinstance(change, Subscription):
            self.made += 1
            self.newest = f"{self.made * 3 % 7}new{self.made}"  # sorts before and after the others
            self.remotes.append(RemoteSubscription(self.newest, change))
        else:
            target, content = change
            self.remotes = [
                RemoteSubscription(remote.id, content) if remote.id == target and content else remote
                for remote in self.remotes
                if remote.id != target or content
            ]
        self.history.append(frozenset(p for remote in self.remotes for p in remote.content.pairs()))
