"""The server in its thread, and what a test asks it afterwards."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, Self, TypeVar

from tests.faulty_server.account import Gap, Ids, Pair, Snapshot, Stored
from tests.faulty_server.api import Api
from tests.faulty_server.connection import ApiProtocol, OtherOrigin, Traffic
from tests.faulty_server.faults import Fired, On
from tests.faulty_server.messages import Received, Request
from tests.faulty_server.pages import Count, Setup

T = TypeVar("T")
_PATIENCE_S = 10.0


class FaultyServer:
    """A webhook API on a loopback socket that fails as it is told. Use it as a context manager.

    Start it once a module and call `reset` for each example. Read what it recorded when the client is
    done; `settle` first where a request may still be under way.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._errors: list[BaseException] = []
        self._loop.set_exception_handler(self._on_error)
        self._listeners: list[asyncio.Server] = []
        self._ports = [0, 0]
        self._thread = threading.Thread(target=self._loop.run_forever, name="faulty-server", daemon=True)
        self._thread.start()
        self.reset()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._run(self._end_example())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE_S)
        self._loop.close()
        self._raise()

    def reset(
        self,
        account: Sequence[Stored] = (),
        faults: Sequence[On] = (),
        *,
        page_size: int = 100,
        count: Count = Count.TOTAL,
        ids: Ids = Ids.SEQUENTIAL,
        seed: int = 0,
        latency_s: float = 0.0,
        key: str = "key-of-the-tests",
    ) -> Self:
        """Begin an example. What clients of the one before still send never reaches this one."""
        self._raise()
        setup = Setup(tuple(account), tuple(faults), page_size, count, ids, seed, latency_s, key)
        self._run(self._begin(setup))
        return self

    @property
    def url(self) -> str:
        """The `api_url`. It stays the same over `reset`."""
        return f"http://127.0.0.1:{self._ports[0]}"

    @property
    def key(self) -> str:
        return self._api.setup.key

    @property
    def log(self) -> list[Request]:
        """Every request that came, in the order in which they were looked at."""
        return self._api.log

    @property
    def account(self) -> tuple[Stored, ...]:
        """The subscriptions as they are now, in the order in which they were made."""
        return self._api.account.rows

    @property
    def history(self) -> list[Snapshot]:
        """The start, and the account after each change."""
        return self._api.account.history

    @property
    def fired(self) -> list[Fired]:
        return self._api.fired

    @property
    def unfired(self) -> list[On]:
        """Scheduled, but the request never came, or another fault took its place."""
        happened = {id(fired.on) for fired in self.fired}
        return [on for on in self._api.setup.faults if id(on) not in happened]

    @property
    def max_in_flight(self) -> int:
        """The most requests at once. Meaningful with a `latency_s`; without it, answers are immediate."""
        return self._traffic.max_in_flight

    @property
    def in_flight(self) -> int:
        return self._traffic.in_flight

    def gaps(self, wanted: Iterable[Pair], since: int = 0) -> list[Gap]:
        """Where in the history, from position `since` on, something was not covered that is wanted and was
        covered at `since`. A second apply starts at `len(server.history) - 1`.
        """
        return self._api.account.gaps(wanted, since)

    def change(self, act: Callable[..., object]) -> None:
        """Let a second writer act now; `act` gets the Account."""

        async def run() -> None:
            self._api.account.cause = "second writer"
            act(self._api.account)

        self._run(run())

    def settle(self) -> None:
        """Look at what was sent already, wait for what is under way, and let all that is late land."""
        self._run(self._settle())
        self._raise()

    def wait_until(self, is_so: Callable[[Self], bool], timeout_s: float = _PATIENCE_S) -> None:
        """Wait for something that another process or thread makes happen. Raises TimeoutError."""
        until = time.monotonic() + timeout_s
        while not is_so(self):
            if time.monotonic() > until:
                raise TimeoutError("the server never saw that")
            time.sleep(0.001)

    async def _begin(self, setup: Setup) -> None:
        await self._end_example()
        listeners = [_listen(port) for port in self._ports]
        self._ports = [listener.getsockname()[1] for listener in listeners]
        this, other = (f"127.0.0.1:{port}" for port in self._ports)
        api = self._api = Api(setup, (this, other), self._loop.call_later)
        traffic = self._traffic = Traffic()
        seen: list[Received] = []
        raw = bytearray()
        self.other_origin_requests = seen
        self.other_origin_bytes = raw  # all that was sent there, whole requests or not
        # A connection belongs to the example whose listener it came to, whatever it still sends.
        elsewhere = Traffic(open=traffic.open)
        factories: list[Callable[[], asyncio.Protocol]] = [
            lambda: ApiProtocol(api, traffic),
            lambda: OtherOrigin(api, elsewhere, seen, raw),
        ]
        self._listeners = [
            await self._loop.create_server(factory, sock=listener)
            for factory, listener in zip(factories, listeners, strict=True)
        ]

    async def _end_example(self) -> None:
        for listener in self._listeners:
            listener.close()
        if self._listeners:
            for transport in list(self._traffic.open):
                transport.abort()
            while self._traffic.open:  # noqa: ASYNC110 - the loop itself must turn
                await asyncio.sleep(0)

    async def _settle(self) -> None:
        for _ in range(10):  # accept, connect, read: each is a turn of the loop
            await asyncio.sleep(0)
        until = self._loop.time() + 1.0
        while self._traffic.in_flight and self._loop.time() < until:  # noqa: ASYNC110 - bounded
            await asyncio.sleep(0.001)
        self._api.land_late()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE_S)

    def _on_error(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self._errors.append(context.get("exception") or RuntimeError(context["message"]))

    def _raise(self) -> None:
        """A mistake in the server itself must fail the test."""
        if self._errors:
            errors, self._errors = self._errors, []
            raise RuntimeError("the faulty server failed by mistake") from errors[0]


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.setblocking(False)
    return listener
