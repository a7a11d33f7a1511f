"""Passing on over real HTTP, to a stand-in that answers as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from defacto_webhooks.inbox import Received
from defacto_webhooks.local_server.one_attempt import Forward
from defacto_webhooks.probe import sample
from defacto_webhooks.sandbox.fake_slack import fake_slack
from defacto_webhooks.sinks.forwarder import forwarding
from defacto_webhooks.sinks.slack.sink import Slack, slack_url
from tests.faulty_server.messages import Answer
from tests.inbox.support import notification, received
from tests.receiver import Receiver, receiving
from tests.sinks.slack import has_valid_blocks

PATH = "/slack/services/T0/B0/s3cret"


@pytest.fixture
def slack() -> Iterator[Receiver]:
    with receiving({PATH: 200}) as it:
        yield it
    assert all(has_valid_blocks(message) for _, message in it.received)


class Sending:
    """A sink, what came of each notification, and how long it slept."""

    def __init__(self, url: str) -> None:
        self.results: list[tuple[int, int | None, str | None]] = []
        self.slept: list[float] = []
        self.left = ""
        self.sink = Slack(slack_url(url + PATH), self._forwarded, sleep=self._sleep, dice=lambda: 1.0)

    def _forwarded(self, seq: int, forward: Forward, to: str) -> None:
        assert "s3cret" not in to
        self.results.append((seq, forward.status, forward.error))

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def _note(self, left: str) -> None:
        self.left = left

    async def of(self, *taken: Received) -> Sending:
        """To its end, with these notifications."""
        async with forwarding([self.sink], self._note):
            for each in taken:
                self.sink.take(each)
        return self


def numbered(*numbers: int) -> list[Received]:
    return [received(notification(number=number), number) for number in numbers]


def sent(slack: Receiver) -> list[str]:
    """The number in each message."""
    return [message["text"].split(",")[0][-1] for _, message in slack.received]


async def test_each_once_and_in_order(slack: Receiver) -> None:
    it = await Sending(slack.url).of(
        *numbered(1, 2),
        received(notification(number=1), 3, duplicate_of=1),
        received({"not": "valid"}, 4),
        received(sample("Invoice.SUBMITTED"), 5),
        *numbered(6),
    )
    assert sent(slack) == ["1", "2", "6"]
    assert it.results == [(1, 200, None), (2, 200, None), (6, 200, None)]
    assert (it.slept, it.left) == ([], "")


async def test_slack_says_when_to_come_back(slack: Receiver) -> None:
    slack.next += [Answer(429, headers=(("retry-after", seconds),)) for seconds in ("7", "30")]
    it = await Sending(slack.url).of(*numbered(1, 2))
    assert sent(slack) == ["1", "1", "1", "2"]
    assert it.slept == [7.0, 30.0]
    assert it.results == [(1, 200, None), (2, 200, None)]


@pytest.mark.parametrize(
    ("status", "word", "told"),
    [
        (400, b"no_text", "no_text"),
        (403, b"invalid_token", "invalid_token"),
        (500, b"<html>s3cret", None),
        (302, b"", None),
    ],
)
async def test_any_other_answer_is_the_end_of_one_only(
    slack: Receiver, status: int, word: bytes, told: str | None
) -> None:
    slack.next.append(Answer(status, word))
    it = await Sending(slack.url).of(*numbered(1, 2))
    assert sent(slack) == ["1", "2"]
    assert it.results == [(1, status, told), (2, 200, None)]


async def test_without_a_connection_it_comes_back_and_then_gives_up() -> None:
    with receiving() as gone:
        pass
    it = await Sending(gone.url).of(*numbered(1))
    assert it.slept == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0]
    assert it.results == [(1, None, "no connection; trying again"), (1, None, "no connection")]


async def test_a_broken_answer_is_not_repeated_since_it_may_be_posted(slack: Receiver) -> None:
    slack.answers[PATH] = None
    it = await Sending(slack.url).of(*numbered(1))
    assert sent(slack) == ["1"]
    assert it.results == [(1, None, "no answer (RemoteProtocolError)")]


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
async def test_an_odd_answer_is_the_end_of_one_and_not_of_the_next(header: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 429 \x1b[31m\r\n" + header + b"\r\nContent-Length: 5\r\n\r\n\x1b]0;x")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        it = await Sending(url).of(*numbered(1, 2))
    assert it.left == ""
    assert [seq for seq, *_ in it.results] == [1, 2]
    assert "\x1b" not in str(it.results)


async def test_what_is_left_at_the_end_is_counted() -> None:
    it = Sending("http://127.0.0.1:9")
    for each in numbered(1, 2):
        it.sink.take(each)
    assert await it.sink.finish(0.01) == "Not forwarded to http://127.0.0.1:9/***: 2 left."


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
async def test_the_sandbox_answers_as_slack_does(body: bytes, answer: tuple[int, str]) -> None:
    transport = httpx.ASGITransport(fake_slack())
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        got = await client.post(PATH, content=body)
        assert (got.status_code, got.text) == answer
        assert (await client.post("/slack/nonsense/x", content=body)).status_code == 404
        assert (await client.post("/slack/triggers/x/y", content=b'{"a": "b"}')).json() == {"ok": True}
        assert len((await client.get("/slack/messages")).json()) == (2 if got.is_success else 1)


@pytest.mark.parametrize(
    "blocks", ["x", [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], [{"type": "section"}]]
)
def test_blocks_that_slack_would_not_take_are_noticed(blocks: object) -> None:
    assert not has_valid_blocks({"text": "x", "blocks": blocks})
