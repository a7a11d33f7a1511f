"""What every sink that forwards does, whatever it sends and to whom."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import pytest

from defacto_webhooks.errors import UserError
from defacto_webhooks.inbox import Inbox, Received
from defacto_webhooks.local_server.one_attempt import Forward
from defacto_webhooks.redaction import SecretUrl
from defacto_webhooks.sinks import DESTINATIONS, forwarder
from defacto_webhooks.sinks.forwarder import Forwarder, Reply, forwarding
from tests.inbox.support import notification, received

URL = "http://127.0.0.1:9/x"


class Scripted(Forwarder[int]):
    """Answers with `replies`, and then with 204."""

    def __init__(self, *replies: Reply | Exception) -> None:
        self.results: list[tuple[int, int | None, str | None]] = []
        self.slept: list[float] = []
        self._replies = [*replies]
        super().__init__(SecretUrl.from_account(URL), self._tell, sleep=self._sleep)

    @classmethod
    def open(cls, *_: object) -> Self:
        return cls()

    def item(self, received: Received) -> int | None:
        return received.seq or None

    async def post(self, _: int) -> Reply:
        reply = self._replies.pop(0) if self._replies else Reply(204)
        if isinstance(reply, Exception):
            raise reply
        return reply

    def pauses_s(self) -> Iterable[float]:
        return (1.0, 2.0)

    def keep(self, seq: int, _: Forward) -> None:
        if seq == 13:
            raise UserError("the disk is full")

    def _tell(self, seq: int, forward: Forward, _: str) -> None:
        self.results.append((seq, forward.status, forward.error))

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def results_of(sink: Scripted, *seqs: int) -> list[tuple[int, int | None, str | None]]:
    async def work() -> None:
        async with forwarding([sink], lambda _: None):
            for seq in seqs:
                sink.take(received(notification(), seq))

    asyncio.run(work())
    return sink.results


def test_in_order_and_what_has_no_item_is_left_out() -> None:
    assert results_of(Scripted(), 1, 0, 2) == [(1, 204, None), (2, 204, None)]


def test_attempts_are_bounded_and_only_repeated_where_nothing_was_done() -> None:
    full = Reply(429, may_repeat=True)
    sink = Scripted(full, full._replace(wait_s=9e9), full, Reply(500), Reply(204))
    assert results_of(sink, 1, 2, 3) == [(1, 429, None), (2, 500, None), (3, 204, None)]
    assert sink.slept == [1.0, 300.0]


def test_whatever_goes_wrong_is_the_end_of_one_and_of_no_other() -> None:
    sink = Scripted(UserError("the row is gone"), ValueError("http://s3cret"))
    assert results_of(sink, 1, 2, 13, 4) == [
        (1, None, "the row is gone"),
        (2, None, "no answer (ValueError)"),
        (13, None, "the disk is full"),
        (4, 204, None),
    ]


def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forwarder, "_QUEUE_LIMIT", 2)
    sink = Scripted()
    for seq in (1, 2, 3):
        sink.take(received(notification(), seq))
    assert sink.results == [(3, None, "2 others are waiting to be forwarded")]


def test_every_destination_opens_with_a_url(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox.db")
    for destination in DESTINATIONS:
        assert destination.open(URL, inbox, lambda *_: None).url.host == "127.0.0.1"
        with pytest.raises(UserError):
            destination.open("ftp://x", inbox, lambda *_: None)
