"""A sink that sends notifications on: in the background, in order, one at a time."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, NamedTuple, Self, TypeAlias, TypeVar
from urllib.parse import urlsplit

import httpx

from defacto_webhooks.errors import UserError
from defacto_webhooks.hosts import is_loopback
from defacto_webhooks.local_server.one_attempt import Forward
from defacto_webhooks.redaction import SecretUrl
from defacto_webhooks.transport import ProxyFailed, why_not_trusted

if TYPE_CHECKING:  # its packages are an optional extra that `listen --help` does without
    from defacto_webhooks.inbox import Inbox, Received
    from defacto_webhooks.local_server.server import Address

Item = TypeVar("Item")

# The number of a notification, what came of forwarding it, and where to, as that may be shown.
Tell: TypeAlias = Callable[[int, Forward, str], None]

_GRACE_S: Final = 5.0  # at the end, for what is not forwarded yet
_TIMEOUT_S: Final = 30.0
_LONGEST_PAUSE_S: Final = 300.0
_QUEUE_LIMIT: Final = 20_000


class Reply(NamedTuple):
    """An answer: its status, and a word of its body that may be shown; or no answer, and why.

    `may_repeat`: nothing was done, so that it may be sent again; `wait_s`, if that was asked for, is how many
    seconds later.
    """

    status: int | None
    word: str | None = None
    may_repeat: bool = False
    wait_s: float | None = None


class Forwarder(ABC, Generic[Item]):
    """Give it `item`, which says what is to be sent of a notification, and `post`, which sends that once.

    It is sent again only where nothing can have been done with it: where no connection came about, or the
    answer says so. After anything else that may have happened, it is the user's turn.

    option, envvar, help: the option of `listen` that asks for it and takes its URL.
    forwarded: called with each result, and with the first where there was no connection and it is tried
        again.
    Belongs to one event loop.
    """

    option: ClassVar[str]
    envvar: ClassVar[str | None] = None
    help: ClassVar[str]

    def __init__(
        self,
        url: SecretUrl,
        forwarded: Tell,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.url = url
        self._forwarded = forwarded
        self._sleep = sleep
        self._waiting: deque[tuple[int, Item]] = deque()
        self._bell = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    @classmethod
    @abstractmethod
    def open(cls, url: str, inbox: Inbox, forwarded: Tell) -> Self:
        """The one for this URL and the inbox that receives. Raises UserError where the URL makes no sense."""

    @abstractmethod
    def item(self, received: Received) -> Item | None:
        """What to send of it; None: nothing. Up to 20,000 of them wait in memory."""

    @abstractmethod
    async def post(self, item: Item) -> Reply:
        """Send it once. Whatever this raises is the end of this one, and of no other."""

    @abstractmethod
    def pauses_s(self) -> Iterable[float]:
        """How many seconds to wait before each further attempt; there are no more attempts than that."""

    def keep(self, seq: int, forward: Forward) -> None:
        """Called with what came of notification `seq`."""

    async def aclose(self) -> None:
        """Close the connections."""

    def start(self, address: Address) -> str:
        """What to tell the user once the receiver listens on `address`. Raises UserError if that is where it
        would forward to."""
        to, own = urlsplit(self.url.reveal()), urlsplit(address.public)
        if to.port == own.port and (is_loopback(to.hostname or "") or to.hostname == own.hostname):
            raise UserError(f"{self.option} points back to this receiver", "use the URL of another server")
        return f"Forwarding to {self.url}"

    def take(self, received: Received) -> None:
        """Never waits, never fails."""
        item = self.item(received)
        if item is None:
            return
        if len(self._waiting) >= _QUEUE_LIMIT:
            self._fail(received.seq, f"{_QUEUE_LIMIT:,} others are waiting to be forwarded")
            return
        self._waiting.append((received.seq, item))
        self._idle.clear()
        self._bell.set()

    async def run(self) -> None:
        """Send what was taken, until cancelled."""
        try:
            while True:
                await self._bell.wait()
                while self._waiting:
                    seq, item = self._waiting[0]
                    try:
                        await self.send(seq, item)
                    except UserError as error:
                        self._fail(seq, error.message)
                    self._waiting.popleft()
                self._bell.clear()
                self._idle.set()
        finally:
            await self.aclose()

    async def finish(self, grace_s: float) -> str:
        """Wait up to `grace_s` seconds for what is not sent yet; what is left, for the user to read."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), grace_s)
        return f"Not forwarded to {self.url}: {len(self._waiting):,} left." if self._waiting else ""

    async def send(self, seq: int, item: Item) -> Forward:
        """Send notification `seq`, which is `item`, now. Raises UserError where the result can't be kept."""
        for attempt, pause_s in enumerate((*self.pauses_s(), None)):
            forward, reply = await self._attempt(item)
            if not reply.may_repeat or pause_s is None:
                break
            if attempt == 0 and reply.status is None:  # else nobody hears of it for minutes
                told = replace(forward, error=f"{reply.word}; trying again")
                self._forwarded(seq, told, str(self.url))
            await self._sleep(pause_s if reply.wait_s is None else min(reply.wait_s, _LONGEST_PAUSE_S))
        self.keep(seq, forward)
        self._forwarded(seq, forward, str(self.url))
        return forward

    async def _attempt(self, item: Item) -> tuple[Forward, Reply]:
        at, began = time.time(), time.perf_counter()
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                reply = await self.post(item)
        except TimeoutError:
            reply = Reply(None, f"no answer within {_TIMEOUT_S:.0f} seconds")
        except (httpx.ConnectError, httpx.ConnectTimeout) as caught:
            why = why_not_trusted(caught)
            word = f"its TLS certificate is not valid: {why}" if why else "no connection"
            reply = Reply(None, word, may_repeat=True)
        except ProxyFailed as caught:
            reply = Reply(None, caught.message, may_repeat=True)
        except UserError as caught:
            reply = Reply(None, caught.message)
        except Exception as caught:
            # Whatever an answer, a header or a URL can cause.
            reply = Reply(None, f"no answer ({type(caught).__name__})")  # the message may quote the URL
        milliseconds = round((time.perf_counter() - began) * 1000)
        return Forward(at, reply.status, milliseconds, reply.word), reply

    def _fail(self, seq: int, why: str) -> None:
        self._forwarded(seq, Forward(time.time(), None, 0, why), str(self.url))


Destination: TypeAlias = type[Forwarder[Any]]


@asynccontextmanager
async def forwarding(
    forwarders: Sequence[Forwarder[Any]], note: Callable[[str], None]
) -> AsyncIterator[None]:
    """While it is open they send what they take; at the end they get a moment for the rest."""
    tasks = [asyncio.create_task(forwarder.run()) for forwarder in forwarders]
    try:
        yield
        for left in await asyncio.gather(*(forwarder.finish(_GRACE_S) for forwarder in forwarders)):
            note(left)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
