"""A signal outside of an apply: whatever was settled by then stays so."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from defacto_webhooks.signals import Interrupts

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture(params=SIGNALS)
def number(request: pytest.FixtureRequest) -> Iterator[int]:
    before = {each: signal.getsignal(each) for each in SIGNALS}
    yield request.param
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.fixture
def interrupts(number: int) -> Interrupts:  # noqa: ARG001  it sets back what this one sets
    it = Interrupts()
    it.listen()
    return it


def send(number: int) -> None:
    os.kill(os.getpid(), number)


def test_before_anything_was_changed_it_ends_the_program(interrupts: Interrupts, number: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        send(number)
    send(number)  # while the first one is being told
    assert interrupts.attempt(lambda: send(number)) is None


def test_from_then_on_it_ends_only_what_is_slow(interrupts: Interrupts, number: int) -> None:
    interrupts.hold()
    done: list[str] = []

    def page() -> None:
        send(number)
        done.append("page")

    assert interrupts.attempt(page) is None
    # The one that came while the page was written counts: there is no time for what is slow.
    assert isinstance(interrupts.attempt(lambda: done.append("comment"), is_slow=True), KeyboardInterrupt)
    send(number)
    assert done == ["page"]


def test_what_is_slow_is_ended_once(interrupts: Interrupts, number: int) -> None:
    ended: list[int] = []

    def slow() -> None:
        try:
            send(number)
        finally:
            send(number)
            ended.append(number)

    assert isinstance(interrupts.attempt(slow, is_slow=True), KeyboardInterrupt)
    assert ended == [number]
    send(number)


def test_what_fails_is_no_end_either(interrupts: Interrupts, number: int) -> None:
    assert isinstance(interrupts.attempt(lambda: 1 // 0, is_slow=True), ZeroDivisionError)
    send(number)
