"""Sends steps, a few at a time, and keeps what is known of each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from enum import Enum, auto
from typing import NamedTuple, Protocol, TypeVar

from defacto_webhooks.errors import NotSent, RequestError
from defacto_webhooks.plan import Step
from defacto_webhooks.subscription import RemoteSubscription, Subscription

T = TypeVar("T")


class Account(Protocol):
    """What an apply needs of the API. Its methods raise RequestError."""

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
    error: RequestError | None = None
    may_land_late: bool = False


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
        on_answer: Callable[[], None],
    ) -> None:
        self._account = account
        self._parallelism = parallelism
        self._stop = stop
        self._grace_s = grace_s
        self._on_answer = on_answer
        self.attempts: dict[Step, Attempt] = {}
        self.may_have_changed = False  # some step was carried out, or may have been

    def answered(self, step: Step) -> Answered | None:
        """What the server said to `step`; None: it was not sent."""
        attempt = self.attempts.get(step)
        return attempt.answered if attempt else None

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
            self._on_answer()

    async def _attempt(self, step: Step) -> None:
        earlier = self.attempts.get(step)
        self.attempts[step] = _IN_FLIGHT
        try:
            stored = await self._call(step)
        except NotSent:
            del self.attempts[step]
            if earlier:
                self.attempts[step] = earlier
        except RequestError as error:
            answered = Answered.NOT_AT_ALL if error.outcome_unknown else Answered.NO
            may_land_late = error.outcome_unknown or (earlier is not None and earlier.may_land_late)
            self.attempts[step] = Attempt(answered, error=error, may_land_late=may_land_late)
        else:
            self.attempts[step] = Attempt(Answered.YES, id=stored.id if stored else step.id)
        finally:
            attempt = self.attempts.get(step)
            self.may_have_changed |= attempt is not None and attempt.answered is not Answered.NO

    async def _call(self, step: Step) -> RemoteSubscription | None:
        if step.after is None:
            assert step.id is not None  # noqa: S101 - a delete names its target
            await self._account.delete(step.id)
            return None
        if step.id is None:
            return await self._account.create(step.after)
        return await self._account.patch(step.id, step.after)
