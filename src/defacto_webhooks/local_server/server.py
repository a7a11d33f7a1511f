"""Serves an ASGI app over HTTP for as long as a block lasts."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from defacto_webhooks.errors import UserError
from defacto_webhooks.hosts import is_loopback
from defacto_webhooks.local_server.lingering_close import lingering_close
from defacto_webhooks.system import most_open_files

_HEAD_TIMEOUT_S: Final = 10.0
_GRACE_S: Final = 2.0
_BACKLOG: Final = 1024  # connections of a burst that the kernel keeps until we take them
_MOST_CONNECTIONS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Address:
    """Base URLs of a server: how this machine reaches it, and how others do. Equal if they can't."""

    local: str
    public: str

    @property
    def is_public(self) -> bool:
        """Whether other machines may be able to reach it."""
        return not is_loopback(self.public.removeprefix("http://").rpartition(":")[0])


class _Connection(H11Protocol):
    """A connection that may be idle for a while only, and makes room for others where many are open."""

    _deadline: asyncio.TimerHandle | None = None
    _opened_at: float

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._opened_at = self.loop.time()
        self._await_head()
        self._make_room()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._await_head()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_waiting()

    @property
    def _between_requests(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    @property
    def _is_dispensable(self) -> bool:
        """Nothing whole has been asked yet: the request is not there, or not all of its body."""
        return self._between_requests or self.cycle.more_body

    def _await_head(self) -> None:
        # uvicorn's own timer stops at the first byte, and knows nothing of a connection's first request.
        if not self._between_requests:
            self._stop_waiting()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(_HEAD_TIMEOUT_S, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _make_room(self) -> None:
        mine = [other for other in self.connections if isinstance(other, _Connection)]
        if len(mine) > _connection_limit():
            dispensable = [other for other in mine if other._is_dispensable and other is not self]
            oldest = min(dispensable or mine, key=lambda other: other._opened_at)
            self.connections.discard(oldest)  # it counts no more, though its end takes another moment
            oldest.transport.abort()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Signals belong to the command, which has more to end than this server.
        yield

    async def end(self, task: asyncio.Task[None]) -> None:
        """Lets requests under way finish, for a moment; the rest sees its connection end."""
        self.should_exit = True
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_S):
                await asyncio.shield(task)
        # Not by cancelling, which uvicorn would log as a failure of the app.
        for connection in [*self.server_state.connections]:
            connection.transport.abort()
        await task


@asynccontextmanager
async def serving(app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Address]:
    """Where `app` is served; port 0 is a free one. Its lifespan is not run.

    Raises UserError where the address can't be used.
    """
    with _listening(host, port) as listener:
        config = uvicorn.Config(
            lingering_close(app),
            http=_Connection,
            # So many are accepted at once, before their limit can be heeded.
            backlog=max(1, _connection_limit() // 8),
            log_config=None,
            log_level="error",  # what callers do wrong is no news
            access_log=False,
            lifespan="off",
            ws="none",
            proxy_headers=False,
            server_header=False,
        )
        server = _Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await server.ready.wait()
            listener.listen(_BACKLOG)
            yield _address(host, listener)
        finally:
            await server.end(task)


def _connection_limit() -> int:
    """Half of the files that this process may open: the other half is for everything else."""
    files = most_open_files()
    return _MOST_CONNECTIONS if files is None else min(_MOST_CONNECTIONS, files // 2)


def _address(host: str, listener: socket.socket) -> Address:
    address, port = listener.getsockname()[:2]
    if not ip_address(address).is_unspecified:
        # By its address, as others may understand another host by the name.
        url = _url(host if is_loopback(host) else address, port)
        return Address(url, url)
    local = "::1" if ":" in address else "127.0.0.1"
    return Address(_url(local, port), _url(_own_address(listener.family) or local, port))


def _own_address(family: int) -> str | None:
    """This machine's address in the network; None where it has none."""
    far_away = "2001:db8::1" if family == socket.AF_INET6 else "192.0.2.1"  # of documentation: nobody's
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((far_away, 9))  # asks the routing table; sends nothing
        except OSError:
            return None
        return str(probe.getsockname()[0])


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise UserError(
            f"port {port} of {host} can't be used: {(error.strerror or str(error)).lower()}",
            "choose another one with --port; 0 picks a free one",
        ) from None
