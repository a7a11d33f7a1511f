"""An HTTP server that asks a function for each answer: for what the package calls, but for Defacto's API."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.faulty_server.messages import Answer, Received


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # the default of 5 drops connections of a burst
    daemon_threads = True


@contextmanager
def answering(
    answer: Callable[[Received], Answer | None], tls: ssl.SSLContext | None = None, port: int = 0
) -> Iterator[str]:
    """Serves on a loopback port, by default a free one; the URL. Without an answer it hangs up."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            with suppress(ConnectionError, ssl.SSLError):  # the client is gone
                super().handle()

        def _any(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            told = answer(Received(self.command, self.path, headers, self._body()))
            if told is None:
                self.close_connection = True
                return
            self.send_response(told.status)
            for name, value in told.fields():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(told.body)

        do_GET = do_POST = do_PATCH = do_DELETE = _any  # noqa: N815 - the base class looks for these names

        def _body(self) -> bytes:
            if self.headers.get("transfer-encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("content-length") or 0))
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def log_message(self, *_: object) -> None:
            pass

    server = _Server(("127.0.0.1", port), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
