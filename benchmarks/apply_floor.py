"""The least that any apply from Python costs: the POSTs over raw sockets, and nothing else.

Usage: apply_floor.py URL COUNT CONNECTIONS [FOLDER]. With a folder of files, also what goes with it for a
tool that is made of libraries: their imports, `yaml.load`, and a read before and after.
"""

from __future__ import annotations

import selectors
import socket
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

host, port = sys.argv[1].removeprefix("http://").split(":")
count, connections = int(sys.argv[2]), int(sys.argv[3])


def posts() -> Iterator[bytes]:
    for number in range(count):
        body = (
            b'{"name": "subscription-%06d", "to_url": "https://hooks.example.com/defacto/%d?token=t", '
            b'"event_types": ["Invoice.SUBMITTED", "Invoice.VERIFIED", "Loan.CLOSED"]}' % (number, number)
        )
        yield (
            b"POST /webhooks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k\r\n"
            b"Content-Length: %d\r\nContent-Type: application/json\r\n\r\n%b" % (len(body), body)
        )


def read() -> None:
    with urllib.request.urlopen(f"{sys.argv[1]}/webhooks") as answer:  # noqa: S310 - loopback
        json.loads(answer.read())


if len(sys.argv) > 4:
    import glob
    import json
    import urllib.request

    import click  # noqa: F401
    import httpx  # noqa: F401
    import pydantic  # noqa: F401
    import yaml

    for name in sorted(glob.glob(f"{sys.argv[4]}/*.yaml")):  # noqa: PTH207 - pathlib is one more import
        with open(name, "rb") as file:  # noqa: PTH123 - pathlib is one more import
            yaml.load(file, Loader=yaml.CSafeLoader)
    read()
waiting = selectors.DefaultSelector()
queue = posts()
for _ in range(connections):
    connection = socket.create_connection((host, int(port)))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(next(queue))
    waiting.register(connection, selectors.EVENT_READ, connection)
answered = 0
while answered < count:
    for key, _ in waiting.select():
        connection = key.data
        assert connection.recv(65536).startswith(b"HTTP/1.1 201")  # an answer is one small packet
        answered += 1
        if (request := next(queue, None)) is not None:
            connection.sendall(request)
if len(sys.argv) > 4:
    read()
