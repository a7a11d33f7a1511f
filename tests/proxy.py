"""A proxy that notes all that it gets, and connects to one server, whatever host it is asked for."""

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
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            chunk = client.recv(1)
            if not chunk:
                return
            head += chunk
        self.heads.append(head.decode("latin-1"))
        if self.answer is not None:
            client.sendall(self.answer)
            return
        target = urlsplit(self.to)
        with socket.create_connection((target.hostname, target.port or 0)) as server:
            if head.startswith(b"CONNECT"):
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                server.sendall(re.sub(rb"(?<= )http://[^/]*", b"", head, count=1))
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
