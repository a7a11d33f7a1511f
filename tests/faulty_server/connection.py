"""One connection of a client: HTTP/1.1 by h11, and what only a socket can do wrong."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from dataclasses import dataclass, field

import h11

from tests.faulty_server.api import Api
from tests.faulty_server.messages import Answer, Received, Request

_NO_LINGER = struct.pack("ii", 1, 0)


@dataclass(slots=True)
class Traffic:
    """What is under way in one example."""

    in_flight: int = 0
    max_in_flight: int = 0
    made: int = 0  # connections
    is_over: bool = False  # the example is: a connection that is only now accepted belongs to nobody
    open: set[asyncio.Transport] = field(default_factory=set)

    def started(self) -> None:
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)


class HttpProtocol(asyncio.Protocol):
    """Reads requests; `handle` is called with each whole one."""

    transport: asyncio.Transport

    def __init__(self, traffic: Traffic) -> None:
        self.traffic = traffic
        self._http = h11.Connection(h11.SERVER)
        self._head: h11.Request | None = None
        self._body = bytearray()
        self._busy = False  # between the head of a request and the end of its answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.traffic.open.add(transport)
        self.traffic.made += 1
        if self.traffic.is_over:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.traffic.open.discard(self.transport)
        self._finished()

    def eof_received(self) -> None:
        # The client is gone. Closing with a reset leaves no socket in TIME_WAIT, of which thousands of
        # examples would make more than there are ports.
        self._no_linger()

    def data_received(self, data: bytes) -> None:
        try:
            self._http.receive_data(data)
            self._read()
        except h11.RemoteProtocolError:
            self.transport.abort()

    def _read(self) -> None:
        while True:
            event = self._http.next_event()
            if isinstance(event, h11.Request):
                self._head = event
                self._body.clear()
                self._busy = True
                self.traffic.started()
            elif isinstance(event, h11.Data):
                self._body += event.data
            elif isinstance(event, h11.EndOfMessage) and self._head is not None:
                headers = {name.decode(): value.decode("latin-1") for name, value in self._head.headers}
                head, self._head = self._head, None
                self.handle(Received(head.method.decode(), head.target.decode(), headers, bytes(self._body)))
            else:  # more data is needed, or the answer comes first
                return

    def handle(self, received: Received) -> None:
        raise NotImplementedError

    def send(self, answer: Answer) -> None:
        self.write_last(b"".join(self.bytes_of(answer)), answer)

    def bytes_of(self, answer: Answer) -> tuple[bytes, bytes]:
        head = self._http.send(h11.Response(status_code=answer.status, headers=answer.fields())) or b""
        body = self._http.send(h11.Data(data=answer.body)) if answer.body else b""
        return head, (body or b"") + (self._http.send(h11.EndOfMessage()) or b"")

    def write(self, data: bytes) -> None:
        self.transport.write(data)

    def write_past_tls(self, data: bytes) -> None:
        os.write(self.transport.get_extra_info("socket").fileno(), data)

    def write_last(self, data: bytes, answer: Answer) -> None:
        self.write(data)
        self._finished()
        if self._http.our_state is h11.MUST_CLOSE:
            self.transport.close()
        else:
            self._http.start_next_cycle()

    def close(self) -> None:
        self.transport.close()

    def reset(self) -> None:
        self._no_linger()
        self.transport.abort()

    def _finished(self) -> None:
        """The request has its answer, or nobody waits for it any more."""
        if self._busy:
            self._busy = False
            self.traffic.in_flight -= 1

    def _no_linger(self) -> None:
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)


class ApiProtocol(HttpProtocol):
    """The connection to the API, on which the faults send what they like."""

    def __init__(self, api: Api, traffic: Traffic) -> None:
        super().__init__(traffic)
        self._api = api
        self._task: asyncio.Task[None] | None = None
        self._entry: Request | None = None

    def handle(self, received: Received) -> None:
        if self._api.setup.latency_s:
            self._task = asyncio.get_running_loop().create_task(self._handle_later(received))
        else:
            self._handle_now(received)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._task:
            self._task.cancel()

    async def _handle_later(self, received: Received) -> None:
        await asyncio.sleep(self._api.setup.latency_s)
        self._handle_now(received)

    def _handle_now(self, received: Received) -> None:
        answer, fault, self._entry = self._api.handle(received)
        if fault is None:
            self.send(answer)
        else:
            self._task = asyncio.get_running_loop().create_task(fault.send(answer, self))

    def write_last(self, data: bytes, answer: Answer) -> None:
        if self._entry:
            self._entry.status = answer.status  # before the client can know
        super().write_last(data, answer)


class OtherOrigin(HttpProtocol):
    """Another server, which answers as if it were the API: whoever follows there is not told so."""

    def __init__(self, api: Api, traffic: Traffic, seen: list[Received], raw: bytearray) -> None:
        super().__init__(traffic)
        self._api = api
        self._seen = seen
        self._raw = raw

    def data_received(self, data: bytes) -> None:
        self._raw += data
        super().data_received(data)

    def handle(self, received: Received) -> None:
        self._seen.append(received)
        self.send(self._api.lure(received))
