"""A proxy, HTTP or SOCKS, that notes all it gets; it connects to one server, whatever host is asked for."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

_PATIENCE_S: Final = 20.0
_SOCKS: Final = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"  # version 5: it is connected
_PASSWORD: Final = 2  # a method of SOCKS


@dataclass
class Proxy:
    """`to` is the server's URL. `answer` is what it says instead of connecting; None: it connects."""

    to: str
    answer: bytes | None = None
    url: str = ""
    heads: list[str] = field(default_factory=list)  # of what it was asked
    tunnelled: bytearray = field(default_factory=bytearray)  # what went through it to the server

    @property
    def received(self) -> str:
        return "".join(self.heads) + self.tunnelled.decode("latin-1")

    def serve(self, client: socket.socket) -> None:
        head = client.recv(1)
        if head == _SOCKS[:1]:
            self._serve_socks(client)
            return
        while not head.endswith(b"\r\n\r\n"):
            chunk = client.recv(1)
            if not chunk:
                return
            head += chunk
        self.heads.append(head.decode("latin-1"))
        if self.answer is not None:
            client.sendall(self.answer)
            return
        with self._server() as server:
            if head.startswith(b"CONNECT"):
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                server.sendall(re.sub(rb"(?<= )http://[^/]*", b"", head, count=1))
            self._tunnel(client, server)

    def _serve_socks(self, client: socket.socket) -> None:
        """RFC 1928, with the password of RFC 1929 where the client has one."""
        [method] = client.recv(client.recv(1)[0])
        client.sendall(_SOCKS[:1] + bytes([method]))
        told = b""
        if method == _PASSWORD:
            client.recv(1)
            told = b":".join(client.recv(client.recv(1)[0]) for _ in "up")
            client.sendall(b"\x01\x00")
        client.recv(4)
        host, port = client.recv(client.recv(1)[0]), int.from_bytes(client.recv(2), "big")
        self.heads.append(f"CONNECT {host.decode()}:{port} SOCKS {told.decode()}\r\n")
        if self.answer is not None:
            client.sendall(self.answer)
            return
        with self._server() as server:
            client.sendall(_SOCKS)
            self._tunnel(client, server)

    def _server(self) -> socket.socket:
        target = urlsplit(self.to)
        return socket.create_connection((target.hostname, target.port or 0))

    def _tunnel(self, client: socket.socket, server: socket.socket) -> None:
        back = threading.Thread(target=_pass_on, args=(server, client, bytearray()), daemon=True)
        back.start()
        _pass_on(client, server, self.tunnelled)
        back.join(_PATIENCE_S)


def _pass_on(source: socket.socket, sink: socket.socket, noted: bytearray) -> None:
    with suppress(OSError):
        while chunk := source.recv(65_536):
            noted += chunk
            sink.sendall(chunk)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def proxying(
    to: str = "http://127.0.0.1:9", answer: bytes | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[Proxy]:
    listener = socket.create_server(("127.0.0.1", 0))
    scheme = "http" if tls is None else "https"
    proxy = Proxy(to, answer, f"{scheme}://127.0.0.1:{listener.getsockname()[1]}")

    def one(client: socket.socket) -> None:
        with suppress(OSError), client:
            client.settimeout(_PATIENCE_S)
            proxy.serve(client if tls is None else tls.wrap_socket(client, server_side=True))

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(_PATIENCE_S)
        listener.close()
