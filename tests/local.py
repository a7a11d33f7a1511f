"""Asks servers on this machine.

Without certificates: reading all of them would take longer than a request here.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlsplit

import httpx

_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

request = partial(httpx.request, verify=_NOBODY, trust_env=False)
get = partial(request, "GET")
post = partial(request, "POST")
delete = partial(request, "DELETE")
Client = partial(httpx.Client, verify=_NOBODY, trust_env=False)
AsyncClient = partial(httpx.AsyncClient, verify=_NOBODY, trust_env=False)


@contextmanager
def connected(url: str, sent: bytes = b"") -> Iterator[socket.socket]:
    """A bare connection to the server, over which `sent` has gone."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port or 80), timeout=10) as connection:
        connection.sendall(sent)
        yield connection


def answer_to(url: str, sent: bytes) -> bytes:
    """The beginning of what the server answers to these bytes."""
    with connected(url, sent) as connection:
        return connection.recv(65_536)


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        return int(reserved.getsockname()[1])
