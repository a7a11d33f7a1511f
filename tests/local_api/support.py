"""A local API in three ways: in this process, over real HTTP, and with a receiver that notes what arrives."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import uvicorn

from defacto_webhooks.local_api import EMBEDDED_KEY, LocalApi
from tests.reference import check_answer

AUTHORIZATION = {"Authorization": f"Bearer {EMBEDDED_KEY}"}


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Receiver:
    """Notes each POST as (path with query, body); answers 204, or what `answers` says for the path."""

    url: str = ""
    received: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)
    delays: dict[str, float] = field(default_factory=dict)

    def events(self, path: str) -> list[str]:
        return [body["event_type"] for where, body in list(self.received) if where == path]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            threading.Event().wait(receiver.delays.get(self.path, 0))
            receiver.received.append((self.path, body))
            self.send_response(receiver.answers.get(self.path, 204))
            self.send_header("location", f"{receiver.url}/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 128  # the default of 5 drops connections of a burst
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def serving(api: LocalApi) -> Iterator[str]:
    """`api` over HTTP on a free loopback port, with its background; the base URL."""
    config = uvicorn.Config(api.asgi, host="127.0.0.1", port=0, log_level="warning", lifespan="on")
    server = uvicorn.Server(config)

    async def run() -> None:
        try:
            await server.serve()
        finally:
            await api.aclose()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the server did not start")
            threading.Event().wait(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def embedded(
    api: LocalApi,
    work: Callable[[httpx.AsyncClient], Coroutine[Any, Any, None]],
    headers: dict[str, str] = AUTHORIZATION,
) -> None:
    """Runs `work` with a client of `api` in this process. Each answer has to agree with the reference."""

    async def run() -> None:
        transport = httpx.ASGITransport(api.asgi)
        try:
            async with httpx.AsyncClient(
                transport=transport,
                base_url="http://embedded",
                headers=headers,
                event_hooks={"response": [_agrees_with_the_reference]},
            ) as client:
                await work(client)
        finally:
            await api.aclose()

    asyncio.run(run())


async def _agrees_with_the_reference(answer: httpx.Response) -> None:
    await answer.aread()
    check_answer(answer)


async def subscribe(client: httpx.AsyncClient, to_url: str, *event_types: str) -> str:
    answer = await client.post(
        "/webhooks", json={"name": "a", "to_url": to_url, "event_types": list(event_types)}
    )
    assert answer.status_code == 201
    return str(answer.json()["id"])


async def generated(client: httpx.AsyncClient, **body: object) -> dict[str, Any]:
    answer = await client.post("/sandbox/invoice-generator", json=body)
    assert answer.status_code == 201
    payload: dict[str, Any] = answer.json()["invoice_creation_payload"]
    return payload


async def invoiced(client: httpx.AsyncClient, **body: object) -> str:
    """The id of a new generated invoice."""
    answer = await client.post("/invoices", json=await generated(client, **body))
    assert answer.status_code == 201
    return str(answer.json()["id"])


async def until(condition: Callable[[], bool] | Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while True:
            met = condition()
            if met if isinstance(met, bool) else await met:
                return
            await asyncio.sleep(0.02)
