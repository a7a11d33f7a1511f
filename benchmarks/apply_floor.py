"""The least that any apply from Python costs: the POSTs over raw sockets, and nothing else.

Usage: apply_floor.py URL COUNT CONNECTIONS
"""

from __future__ import annotations

import selectors
import socket
import sys
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
