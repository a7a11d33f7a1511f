"""A server that answers as it is told to, one answer for each method and path, and notes what it was sent."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

BREAK: Final = 0  # as a status: the connection is closed instead of an answer


@dataclass(frozen=True)
class Request:
    """What came in. `path` has no query."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Scripted:
    """`answers` say what to answer: a status, or (status, JSON value or bytes, headers). Else it is 404."""

    url: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    hang_s: dict[str, float] = field(default_factory=dict)
    released: threading.Event = field(default_factory=threading.Event)

    def asked(self, what: str) -> int:
        """How often `what`, as in "POST /invoices", came."""
        return sum(f"{request.method} {request.path}" == what for request in list(self.requests))

    def answer(self, what: str) -> tuple[int, bytes, Mapping[str, str]]:
        told = self.answers.get(what, 404)
        status, body, *rest = (told, b"") if isinstance(told, int) else told
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return status, content, rest[0] if rest else {}


@contextmanager
def scripted(
    answers: dict[str, Any] | None = None, *, tls: ssl.SSLContext | None = None
) -> Iterator[Scripted]:
    it = Scripted(answers=answers or {})

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            path, _, query = self.path.partition("?")
            it.requests.append(Request(self.command, path, query, dict(self.headers.items()), body))
            what = f"{self.command} {path}"
            it.released.wait(it.hang_s.get(what, 0))
            status, content, headers = it.answer(what)
            if status == BREAK:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = _any  # noqa: N815 - the base class looks for these names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    it.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_address[1]}"
    try:
        yield it
    finally:
        it.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
