"""Connections that do nothing: they end by themselves, and make room for others."""

from __future__ import annotations

import asyncio
import shlex
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from defacto_webhooks.local_server import server
from tests import local
from tests.inbox.support import notification, served
from tests.process import COMMAND, Running, environment, installed


@contextmanager
def few_files(folder: Path, limit: int) -> Iterator[Running]:
    """`listen`, where a process may open `limit` files."""
    command = f"ulimit -n {limit}; exec {shlex.quote(COMMAND)} listen --port 0"
    it = installed(["bash", "-c", command], folder, environment(None))
    try:
        it.url = it.wait_for(r"http://127\.0\.0\.1:[0-9]+", it.err)[0]
        yield it
        assert it.end() == 0
    finally:
        it.process.kill()
        it.ended()


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"POST /inbox/main HTTP/1.1\r\nHost: x\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\n",
    ],
    ids=["idle", "slow head", "slow second head"],
)
@pytest.mark.timeout(60)
def test_a_connection_without_a_request_ends_by_itself(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(server, "_HEAD_TIMEOUT_S", 0.5)
    with served(PlainTextResponse("x")) as url, local.connected(url, sent) as it, suppress(ConnectionError):
        while it.recv(1000):
            it.sendall(b"X: y\r\n")
            time.sleep(0.1)


async def thinks(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.sleep(0.6)
    await PlainTextResponse("x")(scope, receive, send)


def test_one_that_waits_for_its_answer_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_HEAD_TIMEOUT_S", 0.2)
    with served(thinks) as url:
        assert local.get(url).status_code == 200


@pytest.mark.parametrize("limit", [64, 256])
@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"POST /inbox/main HTTP/1.1\r\nHost: x\r\n",
        b"POST /inbox/main HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
        b"POST /inbox/main?delay=60 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
    ],
    ids=["idle", "slow head", "slow body", "waiting for an answer"],
)
def test_hundreds_of_connections_lock_nobody_out(tmp_path: Path, limit: int, sent: bytes) -> None:
    with few_files(tmp_path, limit) as it, ExitStack() as stack:
        for _ in range(400):
            try:
                stack.enter_context(local.connected(it.url, sent))
            except OSError:
                continue  # made room for another while it was still sending
        for number in range(3):
            answer = local.post(f"{it.url}/x", json=notification("Loan.CLOSED", number), timeout=5)
            assert answer.status_code == 204
        it.wait_for("Loan.CLOSED.*000000002", it.out)
        assert len(it.err) == 1, it.err


def test_nonsense_is_no_news(tmp_path: Path) -> None:
    with few_files(tmp_path, 256) as it:
        for sent in (b"\x16\x03\x01\x02\x00\x01\x00\x01", b"nonsense\r\n\r\n", b"GET / HTTP/9\r\n\r\n"):
            with local.connected(it.url, sent) as connection:
                assert connection.recv(1000).startswith((b"HTTP/1.1 400", b""))
        upgrade = {"connection": "upgrade", "upgrade": "websocket"}
        local.get(f"{it.url}/inbox/", headers=upgrade)
        assert local.post(f"{it.url}/x", json=notification()).status_code == 204
        assert len(it.err) == 1, it.err
