"""A wire in memory: the same bytes as over a socket, between one client and the server, in one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpcore
import httpx

Listening = Callable[[], asyncio.Protocol]


class _NoSocket:
    def setsockopt(self, *_: object) -> None:
        pass


class _ServerSide(asyncio.Transport):
    """What the server's protocol writes to; the client reads from `unread`."""

    def __init__(self, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self.protocol = protocol
        self.unread = bytearray()
        self.ended = False  # nothing more will come
        self.was_reset = False
        self.news = asyncio.Event()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return _NoSocket() if name == "socket" else default

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self.ended:
            self.unread += data
            self.news.set()

    def close(self) -> None:
        if not self.ended:
            self.ended = True
            self.news.set()
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    def abort(self) -> None:
        self.was_reset = not self.ended
        self.close()


class _ClientSide(httpcore.AsyncNetworkStream):
    def __init__(self, other: _ServerSide) -> None:
        self._other = other

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        other = self._other
        try:
            async with asyncio.timeout(timeout):
                while not (other.unread or other.ended):
                    other.news.clear()
                    await other.news.wait()
        except TimeoutError:
            raise httpcore.ReadTimeout from None
        if other.was_reset:
            raise httpcore.ReadError("connection reset by peer")
        taken = bytes(other.unread[:max_bytes])
        del other.unread[:max_bytes]
        return taken

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._other.ended:
            raise httpcore.WriteError("the connection is closed")
        if buffer:
            asyncio.get_running_loop().call_soon(self._other.protocol.data_received, buffer)

    async def aclose(self) -> None:
        self._other.close()

    def get_extra_info(self, info: str) -> Any:
        return bool(self._other.unread or self._other.ended) if info == "is_readable" else None


class _Backend(httpcore.AsyncNetworkBackend):
    def __init__(self, listening: dict[int, Listening]) -> None:
        self._listening = listening

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: object = None,
    ) -> httpcore.AsyncNetworkStream:
        if port not in self._listening:
            raise httpcore.ConnectError("nobody listens there")
        other = _ServerSide(self._listening[port]())
        other.protocol.connection_made(other)
        return _ClientSide(other)


class MemoryTransport(httpx.AsyncHTTPTransport):
    """httpx as it is, but for the sockets; `listening` makes the server's side of a connection to a port."""

    def __init__(self, listening: dict[int, Listening]) -> None:
        super().__init__(verify=False)  # nothing is encrypted
        self._pool = httpcore.AsyncConnectionPool(network_backend=_Backend(listening))
