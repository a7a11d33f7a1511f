"""A bare webhook API in a process of its own: answers as fast as a Python socket can, after a set latency."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence

from benchmarks.accounts import entry


class Account:
    """Subscriptions as ready-made JSON text, so that serving a list costs next to nothing."""

    def __init__(self) -> None:
        self.hold(0, ())

    def hold(self, count: int, events: Sequence[str]) -> None:
        remotes = ({"id": f"{number:06}", **entry(number, events)} for number in range(count))
        self.items = {remote["id"]: json.dumps(remote) for remote in remotes}
        self.list: bytes | None = None
        self.made = self.requests = 0

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        if method == "PUT":
            self.hold(**json.loads(body))
            return 204, b""
        if path == "/requests":
            return 200, b"%d" % self.requests
        self.requests += 1
        if method == "GET":
            if self.list is None:
                rows = ",".join(self.items.values())
                self.list = f'{{"count": {len(self.items)}, "data": [{rows}]}}'.encode()
            return 200, self.list
        self.list = None
        if method == "POST":
            self.made += 1
            remote = {"id": f"made-{self.made:07}", **json.loads(body)}
            self.items[str(remote["id"])] = text = json.dumps(remote)
            return 201, text.encode()
        self.items.pop(path.rpartition("/")[2], None)
        return 204, b""


async def serve(account: Account, latency_s: float) -> None:
    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                method, path, _ = head.split(" ", 2)
                length = 0
                for line in head.split("\r\n")[1:]:
                    key, _, value = line.partition(":")
                    if key.lower() == "content-length":
                        length = int(value)
                body = await reader.readexactly(length)
                if latency_s:
                    await asyncio.sleep(latency_s)
                status, answer = account.answer(method, path, body)
                length_line = b"" if status == 204 else b"Content-Length: %d\r\n" % len(answer)
                start = b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\n" % status
                writer.write(start + length_line + b"\r\n" + answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Account(), float(sys.argv[1])))
