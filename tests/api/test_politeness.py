"""Rate limits, retries and parallelism of the client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, strategies as st

from defacto_webhooks.api import DefactoApi, Timing
from defacto_webhooks.api.retry import RateLimit, backoff_s, retry_after_s
from defacto_webhooks.errors import RequestError
from tests.accounts import subscription
from tests.client import ask
from tests.faulty_server import Call, MemoryServer, On, Reset, Status, When, stored

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROW = stored("1", "a", "https://one.example.com/", "Loan.CLOSED")


def create_all(memory: MemoryServer, count: int, parallelism: int = 3) -> None:
    async def run(api: DefactoApi) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(count):
                group.create_task(api.create(subscription(f"n{number}")))

    ask(memory, run, parallelism=parallelism)


@pytest.mark.parametrize("as_date", [False, True])
def test_a_rate_limit_slows_all_requests_down_together(memory: MemoryServer, as_date: bool) -> None:
    limit = Status(429, retry_after=30, as_date=as_date)
    memory.reset([], [On(Call.CREATE, 3, limit)], latency_s=0.1)
    create_all(memory, 12)
    limited = memory.log[2].at
    later = [request.at - limited for request in memory.log[3:]]
    assert len(memory.account) == 12
    # Those in flight at that moment come through; everything else waits. A date has no fractions of a second.
    assert len([at for at in later if at < 28]) <= 2
    assert len([at for at in later if at >= 28]) >= 8


def test_a_rate_limit_beyond_patience_is_a_clear_error_at_once(memory: MemoryServer) -> None:
    memory.reset([], [On(Call.CREATE, 1, Status(429, retry_after=3600))])
    begun = memory.now
    with pytest.raises(ExceptionGroup) as caught:
        create_all(memory, 1)
    assert memory.now == begun
    [error] = caught.value.exceptions
    assert isinstance(error, RequestError)
    assert "asks us to wait 3600 s" in error.message
    assert "--parallelism" in error.hint


@pytest.mark.parametrize("parallelism", [1, 4])
def test_never_more_requests_in_flight_than_allowed(memory: MemoryServer, parallelism: int) -> None:
    memory.reset([], latency_s=1)
    create_all(memory, 12, parallelism)
    assert memory.max_in_flight == parallelism


CALLS: dict[Call, Callable[[DefactoApi], Awaitable[object]]] = {
    Call.LIST: lambda api: api.list_subscriptions(),
    Call.PATCH: lambda api: api.patch("1", subscription("b")),
    Call.DELETE: lambda api: api.delete("1"),
    Call.CREATE: lambda api: api.create(subscription("b")),
}


@pytest.mark.parametrize("fault", [Status(500), Status(503), Reset(), Reset(when=When.AFTER)])
@pytest.mark.parametrize("call", CALLS)
def test_a_post_goes_out_once_and_everything_else_again(
    memory: MemoryServer, call: Call, fault: Status | Reset
) -> None:
    memory.reset([ROW], [On(call, 1, fault)])
    if call is Call.CREATE:
        with pytest.raises(RequestError) as caught:
            ask(memory, CALLS[call])
        assert caught.value.outcome_unknown
        assert len(memory.log) == 1
    else:
        # A delete that was carried out and is asked for again: it is not there any more.
        is_gone = call is Call.DELETE and fault.when is When.AFTER
        with pytest.raises(RequestError, match="404") if is_gone else nullcontext():
            ask(memory, CALLS[call])
        assert len(memory.log) == 2


def test_retries_are_bounded(memory: MemoryServer) -> None:
    memory.reset([], [On(Call.LIST, 1, Status(502), times=99)])
    with pytest.raises(RequestError, match="502"):
        ask(memory, CALLS[Call.LIST])
    assert len(memory.log) == Timing().attempts


@given(st.integers(1, 500), st.floats(0.01, 10), st.floats(0.01, 60), st.floats(0, 1))
def test_backoff_grows_to_its_cap_and_never_beyond(
    attempt: int, base_s: float, cap_s: float, dice: float
) -> None:
    wait_s = backoff_s(attempt, base_s=base_s, cap_s=cap_s, dice=dice)
    assert min(cap_s, base_s) / 2 <= wait_s <= cap_s
    assert wait_s <= backoff_s(attempt, base_s=base_s, cap_s=cap_s, dice=1)
    assert backoff_s(attempt, base_s=base_s, cap_s=cap_s, dice=1) <= backoff_s(
        attempt + 1, base_s=base_s, cap_s=cap_s, dice=1
    )


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        (" 0 ", 0.0),
        ("9" * 400, 999_999_999.0),
        ("-3", None),
        ("soon", None),
        ("", None),
        ("\u0661", None),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), 0.0),
        ("Thu, 01 Jan 2026 00:00:30 -0000", 30.0),
        ("Mon, 20 Nov 9999999999 12:00:00 +0000", None),
        ("Mon, 20 Nov 2028 12:00:00 +9999999999999999999", None),
    ],
)
def test_retry_after_in_seconds_and_as_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header, NOW) == seconds


@given(st.lists(st.tuples(st.floats(0, 5), st.none() | st.floats(0, 40)), max_size=30), st.floats(0, 1))
def test_a_rate_limit_only_ever_holds_longer(told: list[tuple[float, float | None]], dice: float) -> None:
    limit, now = RateLimit(), 0.0
    for later, asked_s in told:
        now += later
        before = limit.open_from
        wait_s = limit.met(sent_at=now, now=now, asked_s=asked_s, timing=Timing(), dice=dice)
        assert limit.open_from >= max(before, now + (asked_s or 0.0))
        assert limit.open_from == pytest.approx(now + wait_s)


def test_a_rate_limit_that_comes_again_doubles_for_all_and_is_forgotten() -> None:
    limit, timing = RateLimit(), Timing(backoff_base_s=1, backoff_cap_s=8)

    def met(at: float, *, sent_at: float) -> float:
        return limit.met(sent_at=sent_at, now=at, asked_s=None, timing=timing, dice=1)

    assert met(0, sent_at=0) == 1
    assert met(0.5, sent_at=0) == 1  # sent before anybody knew: the same round
    assert met(2, sent_at=2) == 2
    assert [met(at, sent_at=at) for at in (5, 10, 20, 30)] == [4, 8, 8, 8]
    assert met(100, sent_at=100) == 1
