"""HTTP/1.1 over asyncio's streams, for httpx: a fifth of what its own transport takes for a request.

h11 reads and writes the protocol. There is no proxy here; where one is set, httpx's own transport is used.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import h11
import httpx

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Iterator

_CHUNK: Final = 256 * 1024
_HEAD: Final = 100 * 1024  # bytes of a status line and headers, at most
_IDLE_S: Final = 5.0  # longer, and the server or something on the way may have forgotten the connection


class Connections(httpx.AsyncBaseTransport):
    """Connections that stay open for the next request. How many there are is for the caller to limit."""

    def __init__(self) -> None:
        self._idle: dict[tuple[str, str, int], list[_Connection]] = {}
        self._ssl: ssl.SSLContext | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        origin = url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)
        patience: dict[str, float | None] = request.extensions.get("timeout", {})
        connection = self._kept(origin) or await self._new(origin, patience.get("connect"))
        try:
            answer = await connection.ask(request, patience.get("read"))
        except BaseException:
            connection.close()
            raise
        body = _Body(connection, self._idle.setdefault(origin, []))
        return httpx.Response(answer.status_code, headers=answer.headers.raw_items(), stream=body)

    def _kept(self, origin: tuple[str, str, int]) -> _Connection | None:
        idle = self._idle.get(origin, [])
        while idle:
            connection = idle.pop()
            if connection.is_fresh:
                return connection
            connection.close()
        return None

    async def _new(self, origin: tuple[str, str, int], patience_s: float | None) -> _Connection:
        scheme, host, port = origin
        if scheme == "https" and self._ssl is None:
            self._ssl = httpx.create_ssl_context()
            self._ssl.set_alpn_protocols(["http/1.1"])
        try:
            async with asyncio.timeout(patience_s):
                reader, writer = await asyncio.open_connection(
                    host,
                    port,
                    ssl=self._ssl if scheme == "https" else None,
                    limit=_CHUNK,
                    happy_eyeballs_delay=0.25,
                )
        except TimeoutError as error:
            raise httpx.ConnectTimeout("it takes too long to connect") from error
        except (
            OSError,
            ValueError,
        ) as error:  # TLS, too; ValueError: no host name
            raise httpx.ConnectError("no connection") from error
        return _Connection(reader, writer)

    async def aclose(self) -> None:
        for idle in self._idle.values():
            for connection in idle:
                connection.close()


class _Connection:
    """One connection, and what of the protocol it is at."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD)
        self._patience_s: float | None = None
        self._idle_since = 0.0

    @property
    def is_fresh(self) -> bool:
        """Whether a request may be sent on it: it was not closed, and nothing came that nobody asked for."""
        is_quiet = not self._reader.at_eof() and not self._writer.is_closing()
        return is_quiet and time.monotonic() - self._idle_since < _IDLE_S

    async def ask(self, request: httpx.Request, patience_s: float | None) -> h11.Response:
        """Send `request` and wait for the head of its answer."""
        self._patience_s = patience_s
        body = await request.aread()
        with _in_terms_of_httpx():
            head = h11.Request(
                method=request.method, target=request.url.raw_path, headers=request.headers.raw
            )
            parts = (head, h11.Data(data=body), h11.EndOfMessage()) if body else (head, h11.EndOfMessage())
            self._writer.write(b"".join(self._http.send(part) or b"" for part in parts))
            async with asyncio.timeout(patience_s):
                await self._writer.drain()
                while True:
                    event = await self._event()
                    if isinstance(event, h11.Response):
                        return event
                    if not isinstance(event, h11.InformationalResponse):
                        raise httpx.RemoteProtocolError("the connection was closed without an answer")

    async def body(self) -> AsyncIterator[bytes]:
        with _in_terms_of_httpx():
            while True:
                async with asyncio.timeout(self._patience_s):
                    event = await self._event()
                if isinstance(event, h11.EndOfMessage):
                    return
                assert isinstance(event, h11.Data)  # noqa: S101 - nothing else comes here
                yield bytes(event.data)

    async def _event(self) -> h11.Event | type[h11.PAUSED]:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._reader.read(_CHUNK))
        return event  # type: ignore[return-value]  # NEED_DATA is waited for

    def make_ready(self) -> bool:
        """Whether it can take the next request: the answer was read to its end, and both sides stay."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        self._idle_since = time.monotonic()
        return True

    def close(self) -> None:
        self._writer.close()


class _Body(httpx.AsyncByteStream):
    """The body of an answer. Its connection goes back to `idle`, or is closed where it was not read whole."""

    def __init__(self, connection: _Connection, idle: list[_Connection]) -> None:
        self._connection = connection
        self._idle = idle

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._connection.body()

    async def aclose(self) -> None:
        if self._connection.make_ready():
            self._idle.append(self._connection)
        else:
            self._connection.close()


@contextmanager
def _in_terms_of_httpx() -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise httpx.ReadTimeout("no answer in time") from error
    except OSError as error:
        raise httpx.ReadError("the connection broke") from error
    except h11.RemoteProtocolError as error:
        raise httpx.RemoteProtocolError("the answer is not HTTP, or not whole") from error
    except h11.LocalProtocolError as error:
        raise httpx.LocalProtocolError("the request can't be sent") from error
