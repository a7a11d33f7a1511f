"""The server, over a socket or in memory, and what a test asks it afterwards."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, Self, TypeVar

import httpx

from tests.faulty_server import clock
from tests.faulty_server.account import Account, Gap, Pair, Snapshot, Stored
from tests.faulty_server.api import Api, Setup
from tests.faulty_server.connection import ApiProtocol, OtherOrigin, Traffic
from tests.faulty_server.faults import Fault, Fired, On
from tests.faulty_server.memory import MemoryTransport
from tests.faulty_server.messages import Call, Received, Request

T = TypeVar("T")
_PATIENCE_S = 10.0


class _Example:
    """What one example of a test does to the server. A connection belongs to the example it was made in."""

    def __init__(self, setup: Setup, ports: Sequence[int], loop: asyncio.AbstractEventLoop) -> None:
        this, other = (f"127.0.0.1:{port}" for port in ports)
        self.setup = setup
        self.api = Api(setup, (this, other), loop.time, loop.call_later)
        self.traffic = Traffic()
        self._elsewhere = Traffic(open=self.traffic.open)
        self.other_origin_requests: list[Received] = []
        self.other_origin_bytes = bytearray()

    def to_api(self) -> asyncio.Protocol:
        return ApiProtocol(self.api, self.traffic)

    def to_other_origin(self) -> asyncio.Protocol:
        return OtherOrigin(self.api, self._elsewhere, self.other_origin_requests, self.other_origin_bytes)

    async def settle(self) -> None:
        for _ in range(10):  # accept, connect, read: each is a turn of the loop
            await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        until = loop.time() + 1.0
        while self.traffic.in_flight and loop.time() < until:  # noqa: ASYNC110 - bounded
            await asyncio.sleep(0.001)
        self.api.land_late()

    async def end(self) -> None:
        self.traffic.is_over = self._elsewhere.is_over = True
        for transport in list(self.traffic.open):
            transport.abort()
        while self.traffic.open:  # noqa: ASYNC110 - the loop itself must turn
            await asyncio.sleep(0)


class Server(ABC):
    """A webhook API that fails as it is told. Call `reset` for each example, and read what it recorded when
    the client is done; `settle` first where a request may still be under way.
    """

    _example: _Example

    def __init__(self) -> None:
        self._errors: list[BaseException] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None: ...

    def reset(self, account: Sequence[Stored] = (), faults: Sequence[On] = (), **more: Any) -> Self:
        """Begin an example: a `Setup` of these. What clients of the one before still send never reaches it.

        `more` are its other fields.
        """
        self._raise()
        self._begin(Setup(account=tuple(account), faults=tuple(faults), **more))
        return self

    @abstractmethod
    def _begin(self, setup: Setup) -> None: ...

    @abstractmethod
    def run(self, client: Coroutine[Any, Any, T]) -> T:
        """To its end, what talks to this server by `transport`."""

    @abstractmethod
    def transport(self) -> httpx.AsyncBaseTransport | None:
        """The way here, for a client that `run` runs; None: the usual one."""

    @property
    @abstractmethod
    def url(self) -> str:
        """The `api_url`. It stays the same over `reset`."""

    @abstractmethod
    def _in_loop(self, work: Coroutine[Any, Any, T]) -> T:
        """To its end, in the server's own loop."""

    def settle(self) -> None:
        """Look at what was sent already, wait for what is under way, and let all that is late land."""
        self._in_loop(self._example.settle())
        self._raise()

    def change(self, act: Callable[[Account], object]) -> None:
        """Let a second writer act now; `act` gets the Account."""

        async def run() -> None:
            account = self._example.api.account
            account.cause = "second writer"
            act(account)

        self._in_loop(run())

    @property
    def now(self) -> float:
        """Seconds on its clock."""
        return self._example.api.clock()

    @property
    def key(self) -> str:
        return self._example.setup.key

    @property
    def log(self) -> list[Request]:
        """Every request that came, in the order in which they were looked at."""
        return self._example.api.log

    def count(self, call: Call) -> int:
        """How many of them came."""
        return sum(request.call == call for request in self.log)

    @property
    def account(self) -> tuple[Stored, ...]:
        """The subscriptions as they are now, in the order in which they were made."""
        return self._example.api.account.rows

    @property
    def history(self) -> list[Snapshot]:
        """The start, and the account after each change."""
        return self._example.api.account.history

    @property
    def always(self) -> Sequence[Fault]:
        """What it is like."""
        return self._example.setup.always

    @property
    def fired(self) -> list[Fired]:
        return self._example.api.fired

    @property
    def unfired(self) -> list[On]:
        """Scheduled, but the request never came, or another fault took its place."""
        happened = {id(fired.on) for fired in self.fired}
        return [on for on in self._example.setup.faults if id(on) not in happened]

    @property
    def max_in_flight(self) -> int:
        """The most requests at once. Meaningful with a `latency_s`; without it, answers are immediate."""
        return self._example.traffic.max_in_flight

    @property
    def in_flight(self) -> int:
        return self._example.traffic.in_flight

    @property
    def connections(self) -> int:
        """How many were made."""
        return self._example.traffic.made

    @property
    def other_origin_requests(self) -> list[Received]:
        return self._example.other_origin_requests

    @property
    def other_origin_bytes(self) -> bytearray:
        """All that was sent there, whole requests or not."""
        return self._example.other_origin_bytes

    def gaps(self, wanted: Iterable[Pair], since: int = 0) -> list[Gap]:
        """Where in the history, from position `since` on, something was not covered that is wanted and was
        covered at `since`. A second apply starts at `len(server.history) - 1`.
        """
        return self._example.api.account.gaps(wanted, since)

    def _on_error(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self._errors.append(context.get("exception") or RuntimeError(context["message"]))

    def _raise(self) -> None:
        """A mistake in the server itself must fail the test."""
        if self._errors:
            errors, self._errors = self._errors, []
            raise RuntimeError("the faulty server failed by mistake") from errors[0]


class MemoryServer(Server):
    """For a client in this thread: no sockets, and waiting takes no time."""

    _PORTS = (8001, 8002)

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner(loop_factory=clock.Loop)
        self._loop = self._runner.get_loop()
        self._loop.set_exception_handler(self._on_error)
        self._example = _Example(Setup(), self._PORTS, self._loop)

    def close(self) -> None:
        try:
            self.run(self._example.end())
        finally:
            self._runner.close()

    def _begin(self, setup: Setup) -> None:
        self.run(self._example.end())
        self._example = _Example(setup, self._PORTS, self._loop)

    def run(self, client: Coroutine[Any, Any, T]) -> T:
        done = self._in_loop(client)
        self._raise()
        return done

    def transport(self) -> httpx.AsyncBaseTransport:
        listening = (self._example.to_api, self._example.to_other_origin)
        return MemoryTransport(dict(zip(self._PORTS, listening, strict=True)))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._PORTS[0]}"

    def _in_loop(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)


class FaultyServer(Server):
    """On a loopback socket, in a thread of its own, for any client; with `tls`, over TLS."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__()
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(self._on_error)
        self._listeners: list[asyncio.Server] = []
        self._ports = [0, 0]
        self._thread = threading.Thread(target=self._loop.run_forever, name="faulty-server", daemon=True)
        self._thread.start()
        self.reset()

    def close(self) -> None:
        self._in_loop(self._end_example())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE_S)
        self._loop.close()
        self._raise()

    def _begin(self, setup: Setup) -> None:
        self._in_loop(self._begin_example(setup))

    def run(self, client: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(client)

    def transport(self) -> None:
        return None

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._ports[0]}"

    def wait_until(self, is_so: Callable[[Self], bool], timeout_s: float = _PATIENCE_S) -> None:
        """Wait for something that another process or thread makes happen. Raises TimeoutError."""
        until = time.monotonic() + timeout_s
        while not is_so(self):
            if time.monotonic() > until:
                raise TimeoutError("the server never saw that")
            time.sleep(0.001)

    async def _begin_example(self, setup: Setup) -> None:
        await self._end_example()
        listeners = [_listen(port) for port in self._ports]
        self._ports = [listener.getsockname()[1] for listener in listeners]
        example = self._example = _Example(setup, self._ports, self._loop)
        # What still comes to the listeners of the example before never reaches this one.
        self._listeners = [
            await self._loop.create_server(factory, sock=listener, ssl=self._tls)
            for factory, listener in zip((example.to_api, example.to_other_origin), listeners, strict=True)
        ]

    async def _end_example(self) -> None:
        for listener in self._listeners:
            listener.close()
        if self._listeners:
            await self._example.end()

    def _in_loop(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE_S)


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.setblocking(False)
    return listener
