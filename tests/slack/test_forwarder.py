"""Passing on over real HTTP, to a stand-in that refuses as Slack does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from defacto_webhooks import parse_notification
from defacto_webhooks.errors import UserError
from defacto_webhooks.local_server.server import serving
from defacto_webhooks.slack import Forwarder, slack_url
from tests.inbox.support import notification
from tests.slack.fake_slack import FakeSlack

PATH = "/slack/services/T0/B0/s3cret"


class Sending:
    """A forwarder at work, and what it said and how long it slept."""

    def __init__(self, url: str) -> None:
        self.said: list[str] = []
        self.slept: list[float] = []
        self.forwarder = Forwarder(slack_url(url), self.said.append, sleep=self._sleep, dice=lambda: 1.0)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def offer(self, *numbers: int) -> None:
        for number in numbers:
            self.forwarder.offer(parse_notification(notification(number=number)))


@asynccontextmanager
async def sending(url: str) -> AsyncIterator[Sending]:
    it = Sending(url)
    task = asyncio.create_task(it.forwarder.run())
    try:
        yield it
    finally:
        task.cancel()
        await asyncio.wait([task])


def texts(slack: FakeSlack) -> list[str]:
    return [message["text"].split(",")[0][-1] for message in slack.messages]


def test_each_once_and_in_order() -> None:
    async def work() -> None:
        slack = FakeSlack()
        async with serving(slack.asgi) as address, sending(address.local + PATH) as it:
            it.offer(1, 2, 1, 3, 2)
            assert await it.forwarder.finish(5) == 0
            it.offer(1)
            assert await it.forwarder.finish(5) == 0
        assert texts(slack) == ["1", "2", "3"]
        assert (it.forwarder.sent, it.forwarder.failed, it.said, it.slept) == (3, 0, [], [])

    asyncio.run(work())


def test_slack_says_when_to_come_back() -> None:
    async def work() -> None:
        slack = FakeSlack()
        slack.limited.extend([7, 30])
        async with serving(slack.asgi) as address, sending(address.local + PATH) as it:
            it.offer(1, 2)
            await it.forwarder.finish(5)
        assert texts(slack) == ["1", "2"]
        assert it.slept == [7.0, 30.0]
        assert slack.requests == 4

    asyncio.run(work())


@pytest.mark.parametrize(
    ("status", "word", "told"),
    [
        (400, "no_text", "Slack answered 400 no_text"),
        (403, "invalid_token", "Slack answered 403 invalid_token"),
        (500, "<html>s3cret", "Slack answered 500"),
        (302, "", "Slack answered 302"),
    ],
)
def test_any_other_answer_is_final_for_one_and_not_for_the_next(status: int, word: str, told: str) -> None:
    async def work() -> None:
        slack = FakeSlack()
        slack.failing.append((status, word))
        async with serving(slack.asgi) as address, sending(address.local + PATH) as it:
            it.offer(1, 2)
            await it.forwarder.finish(5)
        assert texts(slack) == ["2"]
        assert it.said == [
            f"not forwarded to Slack: Invoice.SUBMITTED a18d5057-0092-4555-b865-000000000001: {told}"
        ]

    asyncio.run(work())


def test_without_a_connection_it_comes_back_and_then_gives_up() -> None:
    async def work() -> None:
        async with serving(FakeSlack().asgi) as address:
            pass
        async with sending(address.local + PATH) as it:
            it.offer(1)
            await it.forwarder.finish(10)
        assert it.slept == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0]
        assert it.said[0].endswith("no connection to Slack")
        assert "s3cret" not in it.said[0]

    asyncio.run(work())


def test_a_broken_answer_is_not_repeated_since_it_may_be_posted() -> None:
    async def work() -> None:
        async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connections.append(1)
            await asyncio.sleep(0.05)
            writer.close()

        connections: list[int] = []
        server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server, sending(url + PATH) as it:
            it.offer(1)
            await it.forwarder.finish(5)
        assert len(connections) == 1
        assert "it may have been posted" in it.said[0]

    asyncio.run(work())


@pytest.mark.parametrize(
    "header",
    [
        b"Retry-After: Mon, 20 Nov 9999999999 12:00:00 +0000",
        b"Retry-After: Mon, 20 Nov 2026 12:00:00 +9999999999999999999",
        b"Content-Encoding: gzip, gzip",
        b"\xff\xff: \xff",
    ],
    ids=["year", "zone", "encoding", "header"],
)
def test_an_odd_answer_is_the_end_of_one_and_not_of_the_next(header: bytes) -> None:
    async def work() -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            connections.append(1)
            writer.write(b"HTTP/1.1 429 \x1b[31m\r\n" + header + b"\r\nContent-Length: 5\r\n\r\n\x1b]0;x")
            writer.close()

        connections: list[int] = []
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server, sending(url + PATH) as it:
            it.offer(1, 2)
            assert await it.forwarder.finish(5) == 0
        assert len(it.said) == 2
        assert "\x1b" not in "".join(it.said)

    asyncio.run(work())


def test_what_a_notification_says_of_itself_is_told_harmlessly() -> None:
    async def work() -> None:
        slack = FakeSlack()
        slack.failing.append((400, "\x1b[31mno_text"))
        async with serving(slack.asgi) as address, sending(address.local + PATH) as it:
            body = notification(id="\x1b]0;title\x07", event_type="a\n\u202eb")
            it.forwarder.offer(parse_notification(body))
            await it.forwarder.finish(5)
        assert it.said == ["not forwarded to Slack: a\\x0a\\u202eb \\x1b]0;title\\x07: Slack answered 400"]

    asyncio.run(work())


def test_this_machine_is_never_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    async def work() -> None:
        slack = FakeSlack()
        async with serving(slack.asgi) as address, sending(address.local + PATH) as it:
            it.offer(1)
            await it.forwarder.finish(5)
        assert texts(slack) == ["1"]

    asyncio.run(work())


@pytest.mark.parametrize("proxy", ["socks9://127.0.0.1:1", "http://user:s3cr#t@h:1"])
def test_proxy_settings_that_can_t_be_used_are_told_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(UserError, match="proxy settings can't be used") as error:
        Forwarder(slack_url("https://hooks.slack.com/services/T/B/x"), lambda _: None)
    assert "s3cr" not in str(error.value)


def test_what_slack_does_not_answer_in_time_is_counted() -> None:
    async def work() -> None:
        slack = FakeSlack()
        slack.limited.extend([0] * 100)
        it = Sending("http://127.0.0.1:9/slack/services/a/b/c")
        it.offer(1, 2)
        assert await it.forwarder.finish(0.01) == 2

    asyncio.run(work())


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b"{", (400, "invalid_payload")),
        (b"[]", (400, "invalid_payload")),
        (b"{}", (400, "no_text")),
        (b'{"text": " "}', (400, "no_text")),
        (b'{"text": 5}', (400, "invalid_payload")),
        (b'{"entity_type": "invoice"}', (400, "no_text")),
        (
            b'{"text": "x", "blocks": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]}',
            (400, "invalid_blocks"),
        ),
        (b'{"text": "x", "blocks": "x"}', (400, "invalid_blocks")),
        (b'{"text": "x"}', (200, "ok")),
    ],
)
def test_the_stand_in_answers_as_slack_does(body: bytes, answer: tuple[int, str]) -> None:
    async def work() -> None:
        slack = FakeSlack()
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(slack.asgi), base_url="http://127.0.0.1"
        ) as client:
            got = await client.post(PATH, content=body)
            assert (got.status_code, got.text) == answer
            slack.limited.append(3)
            limited = await client.post(PATH, content=body)
            assert (limited.status_code, limited.headers["retry-after"]) == (429, "3")
            assert (await client.post("/slack/nonsense/x", content=body)).status_code == 404
            assert (await client.post("/slack/triggers/x/y", content=b'{"a": "b"}')).json() == {"ok": True}
            assert len(slack.messages) == (2 if answer[0] == 200 else 1)

    asyncio.run(work())
