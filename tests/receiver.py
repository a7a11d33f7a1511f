"""A callback: it takes what is sent to it, notes it, and answers as told."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.answering import answering
from tests.faulty_server.messages import Answer, Received


@dataclass
class Receiver:
    """`answers` by path: an answer, a status, or None for none; else it is 204. What is in `next` comes
    before, once each. `delays` in seconds."""

    url: str = ""
    answers: dict[str, Answer | int | None] = field(default_factory=dict)
    next: list[Answer | int] = field(default_factory=list)
    delays: dict[str, float] = field(default_factory=dict)
    requests: list[Received] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)

    @property
    def received(self) -> list[tuple[str, dict[str, Any]]]:
        """Each as (path with query, the notification)."""
        return [(request.target, request.json()) for request in list(self.requests)]

    def events(self, path: str) -> list[str]:
        return [body["event_type"] for where, body in self.received if where == path]

    def answer(self, request: Received) -> Answer | None:
        self._ended.wait(self.delays.get(request.path, 0))
        self.requests.append(request)
        told = self.next.pop(0) if self.next else self.answers.get(request.path, 204)
        if isinstance(told, int):
            told = Answer(told, headers=(("location", f"{self.url}/elsewhere"),))
        return told


@contextmanager
def receiving(
    answers: Mapping[str, Answer | int | None] | None = None,
    tls: ssl.SSLContext | None = None,
    port: int = 0,
) -> Iterator[Receiver]:
    receiver = Receiver(answers=dict(answers or {}))
    with answering(receiver.answer, tls, port) as receiver.url:
        try:
            yield receiver
        finally:
            receiver._ended.set()
