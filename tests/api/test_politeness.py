"""Rate limits, retries and parallelism of the client, over a real socket."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from defacto_webhooks.api import DefactoApi, Timing
from defacto_webhooks.api.retry import backoff_s, retry_after_s
from defacto_webhooks.errors import RequestError
from defacto_webhooks.redaction import Secret
from tests.accounts import subscription
from tests.faulty_server import Call, FaultyServer, On, Reset, Status, When, stored

NOW = datetime(2026, 1, 1, tzinfo=UTC)
QUICK = Timing(backoff_base_s=0.01, backoff_cap_s=0.02, attempts=3)
ROW = stored("1", "a", "https://one.example.com/", "Loan.CLOSED")


def api(server: FaultyServer, parallelism: int = 3, timing: Timing = QUICK) -> DefactoApi:
    return DefactoApi(
        server.url,
        Secret(server.key),
        environment="test",
        key_source="DEFACTO_API_KEY",
        parallelism=parallelism,
        timing=timing,
    )


def create_all(server: FaultyServer, count: int, parallelism: int = 3) -> None:
    async def run() -> None:
        async with api(server, parallelism) as client, asyncio.TaskGroup() as group:
            for number in range(count):
                group.create_task(client.create(subscription(f"n{number}")))

    asyncio.run(run())


@pytest.mark.parametrize("as_date", [False, True])
def test_a_rate_limit_slows_all_requests_down_together(server: FaultyServer, as_date: bool) -> None:
    seconds = 2 if as_date else 1  # a date has no fractions, so up to a second of it is gone already
    server.reset([], [On(Call.CREATE, 3, Status(429, retry_after=seconds, as_date=as_date))], latency_s=0.01)
    create_all(server, 12)
    limited = server.log[2].at
    later = [request.at - limited for request in server.log[3:]]
    assert len(server.account) == 12
    # Those in flight at that moment come through; everything else waits.
    assert len([at for at in later if at < 0.9]) <= 2
    assert len([at for at in later if at >= 0.9]) >= 8


def test_a_rate_limit_beyond_patience_is_a_clear_error_at_once(server: FaultyServer) -> None:
    server.reset([], [On(Call.CREATE, 1, Status(429, retry_after=3600))])
    begun = time.monotonic()
    with pytest.raises(ExceptionGroup) as caught:
        create_all(server, 1)
    assert time.monotonic() - begun < 2
    [error] = caught.value.exceptions
    assert isinstance(error, RequestError)
    assert "asks to wait 3600 s" in error.message
    assert "--parallelism" in error.hint


@pytest.mark.parametrize("parallelism", [1, 4])
def test_never_more_requests_in_flight_than_allowed(server: FaultyServer, parallelism: int) -> None:
    server.reset([], latency_s=0.02)
    create_all(server, 12, parallelism)
    assert server.max_in_flight == parallelism


@pytest.mark.parametrize("fault", [Status(500), Status(503), Reset(), Reset(when=When.AFTER)])
def test_a_post_goes_out_once_and_everything_else_again(server: FaultyServer, fault: Status | Reset) -> None:
    async def run(call: Call) -> None:
        server.reset([ROW], [On(call, 1, fault)])
        async with api(server) as client:
            if call is Call.CREATE:
                await client.create(subscription("b"))
            elif call is Call.DELETE:
                await client.delete("1")
            elif call is Call.PATCH:
                await client.patch("1", subscription("b"))
            else:
                await client.list_subscriptions()

    for call in (Call.LIST, Call.PATCH, Call.DELETE):
        asyncio.run(run(call))
        assert len(server.log) == 2
    with pytest.raises(RequestError) as caught:
        asyncio.run(run(Call.CREATE))
    assert len(server.log) == 1
    assert caught.value.outcome_unknown


def test_retries_are_bounded(server: FaultyServer) -> None:
    async def run() -> None:
        async with api(server) as client:
            await client.list_subscriptions()

    server.reset([], [On(Call.LIST, 1, Status(502), times=99)])
    with pytest.raises(RequestError, match="502"):
        asyncio.run(run())
    assert len(server.log) == QUICK.attempts


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
    ],
)
def test_retry_after_in_seconds_and_as_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header, NOW) == seconds
