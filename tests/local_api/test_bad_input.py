"""What nobody should send: refused with a clear status, never a 500, and the server goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from defacto_webhooks.local_api import EMBEDDED_KEY, LocalApi
from defacto_webhooks.local_server.request_body import MAX_BODY
from tests import local
from tests.local_api.support import AUTHORIZATION, serving, subscribe

NO_JSON = [
    b"",
    b"{",
    b"nonsense",
    b"\xff\xfe{}",
    b"\xef\xbb\xbf{}",
    b'{"name": "\xff"}',
    b'{"name": "\\ud800"}',
    b'{"\\ud800": 1}',
    b'{"metadata": {"a": NaN}}',
    b'{"metadata": {"a": -Infinity}}',
    b'{"metadata": {"a": 1e999}}',
    b'{"total_amount": ' + b"9" * 5000 + b"}",
    b'{"metadata": ' + b'{"a":' * 70 + b"1" + b"}" * 70 + b"}",
    b"[" * 100_000,
    b'{"a":' * 100_000,
]


@pytest.mark.parametrize("body", NO_JSON, ids=lambda body: repr(body[:30]))
async def test_what_is_no_json_is_a_400(client: httpx.AsyncClient, body: bytes) -> None:
    for method, path in (("POST", "/webhooks"), ("PATCH", "/webhook/x"), ("POST", "/invoices")):
        answer = await client.request(method, path, content=body)
        assert answer.status_code == 400


def test_a_body_that_is_too_large_is_a_413_and_leaves_nothing(db: Path) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(MAX_BODY // 1_000_000 + 2):
            yield b" " * 1_000_000

    with serving(LocalApi(db)) as url, local.Client(base_url=url, headers=AUTHORIZATION) as client:
        answer = client.post("/webhooks", content=b" " * (MAX_BODY + 1))
        assert (answer.status_code, answer.json()["status"]) == (413, 413)
        assert client.post("/webhooks", content=endless()).status_code == 413
        assert client.get("/webhooks").json()["count"] == 0
        assert raw(url, b"POST /webhooks HTTP/1.1\r\nContent-Length: 50000000000\r\n").startswith(
            b"HTTP/1.1 413"
        )


def whole(head: bytes) -> bytes:
    """`head` to its end, with a Host where it has none, and the key."""
    host = b"" if b"Host:" in head else b"Host: x\r\n"
    return head + host + f"Authorization: Bearer {EMBEDDED_KEY}\r\n\r\n".encode()


def raw(url: str, head: bytes) -> bytes:
    return local.answer_to(url, whole(head))


def test_odd_requests_over_a_socket(db: Path) -> None:
    with serving(LocalApi(db)) as url:
        for path in (b"/webhook/%00", b"/invoice/%ff%fe", b"/invoice/%ed%a0%80", b"/invoice/%2e%2e%2fx"):
            answer = raw(url, b"DELETE " + path + b" HTTP/1.1\r\n")
            assert answer.startswith(b"HTTP/1.1 404"), path
        generator = b"POST /sandbox/invoice-generator HTTP/1.1\r\nContent-Length: 0\r\n"
        for host in (b"[", b"a b", b"\xff", b"x/<script>"):
            answer = raw(url, generator + b"Host: " + host + b"\r\n")
            assert answer.startswith(b"HTTP/1.1 201"), host
            assert b"script" not in answer
        # A client that leaves in the middle of its body is nobody's problem.
        assert raw(url, b"GET /webhooks?cursor=%ff HTTP/1.1\r\n").startswith(b"HTTP/1.1 422")
        with local.connected(url, whole(b"POST /webhooks HTTP/1.1\r\nContent-Length: 99\r\n") + b"{"):
            pass
        assert raw(url, b"GET /hello HTTP/1.1\r\n").startswith(b"HTTP/1.1 200")


def test_a_body_that_never_ends_is_a_408(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("defacto_webhooks.local_server.request_body._TIMEOUT_S", 0.2)
    with serving(LocalApi(db)) as url:
        assert raw(url, b"POST /webhooks HTTP/1.1\r\nContent-Length: 99\r\n").startswith(b"HTTP/1.1 408")


async def test_text_of_all_kinds_comes_back_as_it_was(client: httpx.AsyncClient) -> None:
    for name in ("", "\x00", "é\U0001f600", "'; DROP TABLE subscriptions; --", "<b>", "x" * 100_000):
        body = {"name": name, "to_url": "https://example.com", "event_types": ["Loan.CLOSED"]}
        assert (await client.post("/webhooks", json=body)).json()["name"] == name
        assert (await client.get("/webhooks")).json()["data"][-1]["name"] == name
    await subscribe(client, "https://example.com/%20?a=%zz#f", "Loan.CLOSED")
    assert (await client.get("/webhooks")).json()["data"][-1]["to_url"] == "https://example.com/%20?a=%zz#f"
