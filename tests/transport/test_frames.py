"""What an error tracker prints: the local variables of every frame of ours, while a request is out."""

from __future__ import annotations

import asyncio
import json
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
import pytest

import defacto_webhooks
from defacto_webhooks.api import DefactoApi
from defacto_webhooks.ci.github.api import GitHub
from defacto_webhooks.inbox import IncomingRequest, Limits, Store
from defacto_webhooks.inbox.incoming import parse_body
from defacto_webhooks.local_api import LocalApi
from defacto_webhooks.probe import probes
from defacto_webhooks.redaction import Secret, SecretUrl
from defacto_webhooks.session import Session, apply_plan, open_session
from defacto_webhooks.sinks.callback import Callback
from defacto_webhooks.sinks.slack.sink import Slack, slack_url
from tests.canary import canary, leaks
from tests.certificate import Certificate
from tests.client import ONE_TRY

SOURCE = str(Path(defacto_webhooks.__file__).parent)
KEY, TOKEN, SEGMENT, PROXY, USER = (canary(20) for _ in range(5))
SECRETS = (KEY, TOKEN, SEGMENT, PROXY, USER)
TO_URL = f"https://{USER}@hooks.example.com/{SEGMENT}?token={TOKEN}"
API = f"https://api.getdefacto.com/{SEGMENT}"


class Odd(Exception):
    """What nobody thought of."""


def shown(frames: Iterable[FrameType]) -> list[str]:
    """The local variables of those that are ours, as a tracker prints them."""
    return [
        f"{frame.f_code.co_name}: {name} = {value!r}"
        for frame in frames
        if frame.f_code.co_filename.startswith(SOURCE)
        for name, value in frame.f_locals.items()
    ]


def stack() -> Iterable[FrameType]:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back


def of_error(error: BaseException | None) -> Iterable[FrameType]:
    while error is not None:
        yield from (frame for frame, _ in traceback.walk_tb(error.__traceback__))
        for inner in getattr(error, "exceptions", ()):
            yield from of_error(inner)
        error = error.__cause__ or error.__context__


class Wire:
    """In place of the network: looks at the stack as each request goes out and as its answer comes in."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen: list[str] = []
        self.requests = 0
        self.answer: Callable[[str], tuple[int, bytes]] = lambda _: (200, b"{}")
        self.breaks_at = ""  # head, body or nowhere

        async def handle(_: object, request: httpx.Request) -> httpx.Response:
            return httpx.Response(*self.head(request), stream=Body(self))

        monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", handle)
        monkeypatch.setenv("HTTPS_PROXY", f"http://{USER}:{PROXY}@127.0.0.1:9")
        self.content = b""

    def head(self, request: httpx.Request) -> tuple[int]:
        self.requests += 1
        self.seen += shown(stack())
        if self.breaks_at == "head":
            raise Odd(TOKEN)
        status, self.content = self.answer(request.method)
        return (status,)


class Body(httpx.AsyncByteStream):
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def __aiter__(self) -> AsyncIterator[bytes]:
        half = len(self._wire.content) // 2
        yield self._wire.content[:half]
        self._wire.seen += shown(stack())
        if self._wire.breaks_at == "body":
            raise httpx.ReadError(TOKEN)
        yield self._wire.content[half:]
        self._wire.seen += shown(stack())


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch, certificate: Certificate) -> Wire:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))  # certifi's take 20 ms for each client
    return Wire(monkeypatch)


def looked_at(wire: Wire, work: Callable[[], Awaitable[object]]) -> None:
    """Nothing secret in any frame, whatever breaks where."""
    for wire.breaks_at in ("nowhere", "head", "body"):
        try:
            asyncio.run(work())  # type: ignore[arg-type]
        except Exception as error:
            wire.seen += shown(of_error(error))
    assert wire.requests
    assert wire.seen
    assert not [one for one in wire.seen if leaks(one, SECRETS)]


ROW = {"id": "1", "name": "a", "to_url": TO_URL, "event_types": ["Loan.CLOSED"]}
PAGE = {"count": 1, "page_size": 1, "data": [ROW]}
ANSWERS = {
    "a good one": (200, json.dumps(PAGE).encode()),
    "a page elsewhere": (200, json.dumps({**PAGE, "next_page": f"https://{TOKEN}.example/"}).encode()),
    "a page again": (200, json.dumps({**PAGE, "next_page": f"/webhooks?cursor={TOKEN}"}).encode()),
    "a refusal": (422, json.dumps({"title": TO_URL, "detail": KEY}).encode()),
    "a wrong type": (200, json.dumps({"data": [{"id": [TOKEN], "to_url": {TO_URL: 1}}]}).encode()),
    "half of it": (200, json.dumps(PAGE).encode()[:-20]),
    "not UTF-8": (200, TOKEN.encode("utf-16")),
    "a redirect": (302, TO_URL.encode()),
}  # fmt: skip


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
@pytest.mark.parametrize("call", ["list", "create", "patch", "delete", "invoice"])
def test_calls_of_the_api(wire: Wire, call: str, answer: tuple[int, bytes]) -> None:
    wire.answer = lambda _: answer
    content = defacto_webhooks.Subscription.of("a", SecretUrl.from_account(TO_URL), ["Loan.CLOSED"])

    async def work() -> None:
        async with DefactoApi(
            SecretUrl.from_file([API[: -len(SEGMENT)], Secret(SEGMENT)]), Secret(KEY), environment="e",
            key_source="", timing=ONE_TRY,
        ) as api:  # fmt: skip
            match call:
                case "list":
                    await api.list_subscriptions()
                case "create":
                    await api.create(content)
                case "patch":
                    await api.patch("1", content)
                case "delete":
                    await api.delete("1")
                case _:
                    await api.create_invoice({})

    looked_at(wire, work)


def test_a_value_that_is_not_utf_8(wire: Wire) -> None:
    odd = defacto_webhooks.Subscription.of("a", SecretUrl.from_account(f"{TO_URL}\udce9"), ["Loan.CLOSED"])

    async def work() -> None:
        async with DefactoApi(
            SecretUrl.from_account(API), Secret(KEY), environment="e", key_source="", timing=ONE_TRY
        ) as api:
            await api.hello()
            await api.create(odd)

    wire.answer = lambda _: (200, b"hello")
    asyncio.run(_swallowed(wire, work))
    assert not [one for one in wire.seen if leaks(one, SECRETS[:3])]


async def _swallowed(wire: Wire, work: Callable[[], Awaitable[object]]) -> None:
    try:
        await work()
    except Exception as error:
        wire.seen += shown(of_error(error))


def test_a_whole_apply(wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TOKEN": TOKEN, "SEGMENT": SEGMENT, "KEY": KEY}.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "webhooks.yaml").write_text(
        "version: 1\nenvironments:\n"
        "  p: {api_url: 'https://api.getdefacto.com/${SEGMENT}', api_key: '${KEY}'}\n"
        "webhooks:\n"
        "- {name: b, to_url: 'https://hooks.example.com/${SEGMENT}?t=${TOKEN}', event_types: ['*']}\n"
    )
    config = defacto_webhooks.load(tmp_path / "webhooks.yaml")
    wire.answer = lambda method: ANSWERS["a good one"] if method == "GET" else (422, b'{"title": "no"}')

    async def work() -> None:
        session: Session
        async with open_session(config) as session:
            await apply_plan(session, allowed=["delete-all"])

    looked_at(wire, work)


def test_what_calls_a_callback_slack_or_github(wire: Wire, tmp_path: Path) -> None:
    store = Store(tmp_path / "inbox.db", Limits())
    headers = (("x-token", TOKEN),)
    incoming = IncomingRequest("main", 0.0, "127.0.0.1", f"/{SEGMENT}", f"t={TOKEN}", headers, b"{}")
    seq = store.add(incoming, parse_body(b"{}")).seq
    url = SecretUrl.from_account(TO_URL)

    async def no_sleep(_: float) -> None:
        pass

    async def probe() -> None:
        await probes({url: "Loan.CLOSED"})

    async def callback() -> None:
        await Callback(url, store, lambda *_: None, sleep=no_sleep).send(seq, seq)

    async def slack() -> None:
        to = slack_url(f"https://hooks.slack.com/services/T/B/{TOKEN}")
        await Slack(to, lambda *_: None, sleep=no_sleep).send(1, {"text": "x"})

    async def github() -> None:
        def add() -> None:
            with GitHub("https://api.github.example", "o/r", Secret(KEY), "bot", pause_s=0) as it:
                it.add_comment(1, "x")

        await asyncio.to_thread(add)

    works: list[Callable[[], Awaitable[Any]]] = [probe, callback, slack, github]
    for work in works:
        wire.seen.clear()
        looked_at(wire, work)
    store.close()


def test_deliveries_of_the_local_api(wire: Wire, tmp_path: Path) -> None:
    to_url = f"http://{USER}:{KEY}@127.0.0.1:9/{SEGMENT}?token={TOKEN}"

    async def work() -> None:
        api = LocalApi(tmp_path / "local.db")
        key = {"authorization": "Bearer defacto-webhooks-local"}
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(api.asgi), base_url="http://embedded", headers=key
        ) as client:
            body = {"name": "a", "to_url": to_url, "event_types": ["Invoice.SUBMITTED"]}
            assert (await client.post("/webhooks", json=body)).status_code == 201
            payload = (await client.post("/sandbox/invoice-generator", json={})).json()
            payload = payload["invoice_creation_payload"]
            assert (await client.post("/invoices", json={**payload, "is_draft": False})).status_code == 201
        await api.run_due()
        await api.aclose()

    looked_at(wire, work)
