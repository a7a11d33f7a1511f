"""Sends steps, a few at a time. Unknown is what became of one, unless it was clearly refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from enum import Enum, auto
from typing import NamedTuple, Protocol, TypeVar

from defacto_webhooks.errors import NotSent, RequestError, UserError, explained
from defacto_webhooks.plan import Step
from defacto_webhooks.subscription import Pair, RemoteSubscription, Subscription

T = TypeVar("T")


class Account(Protocol):
    """What an apply needs of the API. Its methods raise RequestError; what else they raise is a bug."""

    @property
    def requests(self) -> int: ...
    async def list_subscriptions(self) -> tuple[RemoteSubscription, ...]: ...
    async def create(self, content: Subscription) -> RemoteSubscription: ...
    async def patch(self, subscription_id: str, content: Subscription) -> RemoteSubscription: ...
    async def delete(self, subscription_id: str) -> None: ...


class Answered(Enum):
    """What the server said to a step."""

    YES = auto()
    NO = auto()
    NOT_AT_ALL = auto()  # or in a way that leaves open whether it was carried out


class Attempt(NamedTuple):
    """The last time a step was sent. `id` is the one the server gave to what was created.

    `may_land_late`: this time or an earlier one had no answer, so it may still be carried out.
    """

    answered: Answered
    id: str | None = None
    error: UserError | None = None
    may_land_late: bool = False

    @property
    def may_have_changed(self) -> bool:
        return self.answered is not Answered.NO or self.may_land_late


_IN_FLIGHT = Attempt(
    Answered.NOT_AT_ALL, error=RequestError("interrupted before the answer came"), may_land_late=True
)


async def finish(work: Coroutine[None, None, T], *, stop: asyncio.Event, grace_s: float) -> T:
    """The result of `work`; once `stop` is set it has `grace_s` seconds left, then TimeoutError is raised."""
    task = asyncio.ensure_future(work)
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait([task, stopped], return_when=asyncio.FIRST_COMPLETED)
        async with asyncio.timeout(grace_s):
            return await task
    finally:
        stopped.cancel()
        task.cancel()


class Sender:
    """Sends steps to `account`, at most `parallelism` at a time, until `stop` is set.

    What is in flight then gets `grace_s` seconds to finish; after that it counts as not answered.
    """

    def __init__(
        self,
        account: Account,
        *,
        parallelism: int,
        stop: asyncio.Event,
        grace_s: float,
        progress: Callable[[int], None],
    ) -> None:
        self._account = account
        self._parallelism = parallelism
        self._stop = stop
        self._grace_s = grace_s
        self._progress = progress
        self._answers = 0
        self.attempts: dict[Step, Attempt] = {}
        self.unread: set[Step] = set()  # sent since the account was last read
        self.not_sent: dict[Step, str] = {}  # why the client let it be; another round may send it

    @property
    def may_have_changed(self) -> bool:
        """Whether some step was carried out, or may have been."""
        return any(attempt.may_have_changed for attempt in self.attempts.values())

    def answered(self, step: Step) -> Answered | None:
        """What the server said to `step`; None: it was not sent."""
        attempt = self.attempts.get(step)
        return attempt.answered if attempt else None

    def asked_for(self) -> set[tuple[str, Pair]]:
        """The pairs that were taken from an id, or may have been, whatever a list still shows."""
        return {
            (step.id, pair)
            for step, attempt in self.attempts.items()
            if step.id is not None and attempt.may_have_changed
            for pair in step.taken_away()
        }

    async def send(self, steps: Sequence[Step]) -> None:
        """Send `steps`; returns when each was answered or given up. A failure stops none of the others."""
        queue = iter(steps)
        count = min(self._parallelism, len(steps))
        with suppress(TimeoutError):
            await finish(self._all(queue, count), stop=self._stop, grace_s=self._grace_s)

    async def _all(self, queue: Iterable[Step], workers: int) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(self._work(queue))

    async def _work(self, queue: Iterable[Step]) -> None:
        for step in queue:
            if self._stop.is_set():
                return
            await self._attempt(step)
            self._answers += 1
            with suppress(Exception):  # a progress bar that can't be drawn is no reason to stop
                self._progress(self._answers)

    async def _attempt(self, step: Step) -> None:
        """The one guard around a request: what is neither an answer nor a refusal leaves it unknown."""
        earlier = self.attempts.get(step)
        may_land_late = earlier is not None and earlier.may_land_late
        self.attempts[step] = _IN_FLIGHT
        self.unread.add(step)
        try:
            stored = await self._call(step)
            id_ = step.id or (stored.id if stored else None)
            self.attempts[step] = Attempt(Answered.YES, id=id_, may_land_late=may_land_late)
        except NotSent as error:
            if not self._stop.is_set():
                self.not_sent[step] = error.message
            self.unread.discard(step)
            del self.attempts[step]
            if earlier:
                self.attempts[step] = earlier
        except RequestError as error:
            if error.status == 404 and step.after is None:  # gone already, if the list agrees
                self.attempts[step] = Attempt(Answered.YES, error=error, may_land_late=may_land_late)
            elif error.outcome_unknown:
                self.attempts[step] = Attempt(Answered.NOT_AT_ALL, error=error, may_land_late=True)
            else:
                self.attempts[step] = Attempt(Answered.NO, error=error, may_land_late=may_land_late)
        except Exception as error:
            self.attempts[step] = Attempt(Answered.NOT_AT_ALL, error=explained(error), may_land_late=True)

    async def _call(self, step: Step) -> RemoteSubscription | None:
        if step.after is None:
            assert step.id is not None  # noqa: S101 - a delete names its target
            await self._account.delete(step.id)
            return None
        if step.id is None:
            return await self._account.create(step.after)
        return await self._account.patch(step.id, step.after)
