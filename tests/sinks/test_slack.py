"""Passing on over real HTTP, to a stand-in that refuses as Slack does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from defacto_webhooks.local_server.one_attempt import Forward
from defacto_webhooks.local_server.server import serving
from defacto_webhooks.probe import sample
from defacto_webhooks.sinks.slack.address import slack_url
from defacto_webhooks.sinks.slack.sink import Slack
from tests.inbox.support import notification, received
from tests.sinks.slack import ScriptedSlack, has_valid_blocks

PATH = "/slack/services/T0/B0/s3cret"


class Sending:
    """A sink at work, what came of each notification, and how long it slept."""

    def __init__(self, url: str) -> None:
        self.results: list[tuple[int, int | None, str | None]] = []
        self.slept: list[float] = []
        self.sink = Slack(slack_url(url), self._forwarded, sleep=self._sleep, dice=lambda: 1.0)

    def _forwarded(self, seq: int, forward: Forward, to: str) -> None:
        assert "s3cret" not in to
        self.results.append((seq, forward.status, forward.error))

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def take(self, *numbers: int) -> None:
        for number in numbers:
            self.sink.take(received(notification(number=number), number))


@asynccontextmanager
async def sending(url: str) -> AsyncIterator[Sending]:
    it = Sending(url)
    task = asyncio.create_task(it.sink.run())
    try:
        yield it
    finally:
        task.cancel()
        await asyncio.wait([task])


async def texts(slack: ScriptedSlack) -> list[str]:
    return [message["text"].split(",")[0][-1] for message in await slack.messages()]


def test_each_once_and_in_order() -> None:
    async def work() -> None:
        slack = ScriptedSlack()
        async with serving(slack.asgi) as address, sending(address.local + PATH) as it:
            it.take(1, 2)
            it.sink.take(received(notification(number=1), 3, duplicate_of=1))
            it.sink.take(received({"not": "valid"}, 4))
            it.sink.take(received(sample("Invoice.SUBMITTED"), 5))
            it.take(6)
            assert await it.sink.finish(5) == ""
        assert await texts(slack) == ["1", "2", "6"]
        assert it.results == [(1, 200, None), (2, 200, None), (6, 200, None)]
        assert it.slept == []

    asyncio.run(work())


def test_slack_says_when_to_come_back() -> None:
    async def work() -> None:
        slack = ScriptedSlack()
        slack.limited.extend([7, 30])
        async with serving(slack.asgi) as address, sending(address.local + PATH) as it:
            it.take(1, 2)
            await it.sink.finish(5)
        assert await texts(slack) == ["1", "2"]
        assert it.slept == [7.0, 30.0]
        assert slack.requests == 4

    asyncio.run(work())


@pytest.mark.parametrize(
    ("status", "word", "told"),
    [
        (400, "no_text", "no_text"),
        (403, "invalid_token", "invalid_token"),
        (500, "<html>s3cret", None),
        (302, "", None),
    ],
)
def test_any_other_answer_is_the_end_of_one_only(status: int, word: str, told: str | None) -> None:
    async def work() -> None:
        slack = ScriptedSlack()
        slack.failing.append((status, word))
        async with serving(slack.asgi) as address, sending(address.local + PATH) as it:
            it.take(1, 2)
            await it.sink.finish(5)
        assert await texts(slack) == ["2"]
        assert it.results == [(1, status, told), (2, 200, None)]

    asyncio.run(work())


def test_without_a_connection_it_comes_back_and_then_gives_up() -> None:
    async def work() -> None:
        async with serving(ScriptedSlack().asgi) as address:
            pass
        async with sending(address.local + PATH) as it:
            it.take(1)
            await it.sink.finish(10)
        assert it.slept == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0]
        assert it.results == [(1, None, "no connection; trying again"), (1, None, "no connection")]

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
            it.take(1)
            await it.sink.finish(5)
        assert len(connections) == 1
        assert it.results == [(1, None, "no answer (RemoteProtocolError)")]

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
            it.take(1, 2)
            assert await it.sink.finish(5) == ""
        assert [seq for seq, *_ in it.results] == [1, 2]
        assert "\x1b" not in str(it.results)

    asyncio.run(work())


def test_what_is_left_at_the_end_is_counted() -> None:
    async def work() -> None:
        slack = ScriptedSlack()
        slack.limited.extend([0] * 100)
        it = Sending("http://127.0.0.1:9/slack/services/a/b/c")
        it.take(1, 2)
        assert await it.sink.finish(0.01) == "Not forwarded to http://127.0.0.1:9/***: 2 left."

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
        (b'{"text": "x"}', (200, "ok")),
    ],
)
def test_the_stand_in_answers_as_slack_does(body: bytes, answer: tuple[int, str]) -> None:
    async def work() -> None:
        slack = ScriptedSlack()
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
            assert len(await slack.messages()) == (2 if answer[0] == 200 else 1)

    asyncio.run(work())


@pytest.mark.parametrize(
    "blocks", ["x", [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], [{"type": "section"}]]
)
def test_blocks_that_slack_would_not_take_are_noticed(blocks: object) -> None:
    assert not has_valid_blocks({"text": "x", "blocks": blocks})
