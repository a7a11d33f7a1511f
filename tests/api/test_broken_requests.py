"""Whatever goes wrong while a request is out: unknown by default, bounded in time and bytes, and said."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress

import httpx
import pytest

from defacto_webhooks.api import DefactoApi, Timing, wire
from defacto_webhooks.errors import DoubtfulRead, RequestError
from defacto_webhooks.redaction import SecretUrl
from tests.accounts import subscription
from tests.certificate import Certificate
from tests.client import ONE_TRY, ask, client
from tests.faulty_server import (
    BrokenTls,
    Call,
    Drip,
    Fault,
    FaultyServer,
    Hang,
    MemoryServer,
    On,
    Reset,
    Says,
    SecondWriter,
    Slow,
    Status,
    When,
    Zipped,
    stored as row,
)

ROW = row("1", "a", "https://one.example.com/", "Loan.CLOSED")
LONG_AGO = "Mon, 20 Nov 9999999999 12:00:00 +0000"
FAR_ZONE = "Mon, 20 Nov 2028 12:00:00 +9999999999999999999"


def failing(
    server: MemoryServer | FaultyServer, call: Callable[[DefactoApi], object], **how: object
) -> RequestError:
    with pytest.raises(RequestError) as caught:
        ask(server, call, **how)  # type: ignore[arg-type]
    return caught.value


@pytest.mark.parametrize("status", [500, 502, 503, 504, 524])
@pytest.mark.parametrize("retry_after", ["130", "3600", LONG_AGO, FAR_ZONE])
def test_a_failed_post_that_asks_to_wait_long_is_unknown(
    memory: MemoryServer, status: int, retry_after: str
) -> None:
    memory.reset(faults=[On(Call.CREATE, 1, Says(status, "{}", (("retry-after", retry_after),)))])
    error = failing(memory, lambda api: api.create(subscription("a")))
    assert error.outcome_unknown
    assert str(status) in error.message
    assert "rate" not in error.message
    assert memory.count(Call.CREATE) == 1


@pytest.mark.parametrize(
    ("status", "unknown"), [(400, False), (422, False), (408, True), (499, True), (460, True)]
)
def test_only_a_clear_refusal_is_one(memory: MemoryServer, status: int, unknown: bool) -> None:
    memory.reset(faults=[On(Call.CREATE, 1, Says(status, "{}"))])
    assert failing(memory, lambda api: api.create(subscription("a"))).outcome_unknown is unknown


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504, *range(520, 525)])
def test_a_read_is_tried_again(memory: MemoryServer, status: int) -> None:
    memory.reset([ROW], [On(Call.LIST, 1, Says(status, "{}"), times=2)])
    assert len(ask(memory, lambda api: api.list_subscriptions())) == 1
    assert memory.count(Call.LIST) == 3


@pytest.mark.parametrize("status", [400, 401, 404, 501, 505, 525])
def test_a_read_that_no_second_try_can_mend_is_not(memory: MemoryServer, status: int) -> None:
    memory.reset([ROW], [On(Call.LIST, 1, Says(status, "{}"), times=9)])
    failing(memory, lambda api: api.list_subscriptions())
    assert memory.count(Call.LIST) == 1


def test_a_rate_limit_without_retry_after_backs_off_for_all(memory: MemoryServer) -> None:
    memory.reset(faults=[On(Call.CREATE, 1, Status(429), times=9_999)])

    async def run(api: DefactoApi) -> None:
        tries = [api.create(subscription(f"n{number}")) for number in range(10)]
        failed = await asyncio.gather(*tries, return_exceptions=True)
        assert all(isinstance(error, RequestError) and not error.outcome_unknown for error in failed)

    begun = memory.now
    ask(memory, run, parallelism=10)
    assert memory.now - begun <= Timing().patience_s + 1
    assert memory.count(Call.CREATE) < 400
    last = [request.at for request in memory.log if request.at > begun + 60]
    assert len({round(at) for at in last}) <= 20  # all together, not one after the other


@pytest.mark.parametrize("status", [202, 203, 204, 206, 226])
def test_only_a_200_is_a_list(memory: MemoryServer, status: int) -> None:
    """Half a list is a JSON document, too."""
    memory.reset([ROW], [On(Call.LIST, 1, Says(status, '{"data": []}' if status != 204 else ""))])
    error = failing(memory, lambda api: api.list_subscriptions())
    assert isinstance(error, DoubtfulRead)
    assert str(status) in error.message


@pytest.mark.parametrize("status", [500, 502, 503, 504, 524])
def test_a_failure_that_asks_to_wait_long_holds_nobody_else_up(memory: MemoryServer, status: int) -> None:
    memory.reset([ROW], [On(Call.DELETE, 1, Status(status, retry_after=3600))])

    async def run(api: DefactoApi) -> None:
        with pytest.raises(RequestError, match=f"{status}.* asks us to wait 3600 s"):
            await api.delete("1")
        assert len(await api.list_subscriptions()) == 1

    begun = memory.now
    ask(memory, run)
    assert memory.now - begun < 1


def test_one_that_begins_late_has_its_own_time_to_answer(memory: MemoryServer) -> None:
    """Whatever the ones before it took: theirs is the patience that decides whether it begins."""
    slow = Slow(seconds=3.0, when=When.AFTER)
    memory.reset([], [On(Call.CREATE, 1, Hang(seconds=39.5), times=3), On(Call.CREATE, 4, slow)])

    async def run(api: DefactoApi) -> None:
        for number in range(3):
            with pytest.raises(RequestError):
                await api.create(subscription(f"m{number}"))
        await api.create(subscription("late"))

    ask(memory, run, parallelism=1)


def test_a_usable_answer_meanwhile_begins_the_patience_anew(memory: MemoryServer) -> None:
    slow = Slow(seconds=39.0, when=When.AFTER)
    memory.reset(
        [], [On(Call.CREATE, 1, Hang()), On(Call.CREATE, 2, slow), On(Call.CREATE, 3, Hang(), times=9)]
    )

    async def in_turn(api: DefactoApi) -> list[str]:
        """For 160 s; all but the first 40 without a usable answer."""
        told = []
        for number in range(4):
            with pytest.raises(RequestError) as failed:
                await api.create(subscription(f"m{number}"))
            told.append(failed.value.message)
        return told

    async def run(api: DefactoApi) -> None:
        told, _ = await asyncio.gather(in_turn(api), api.create(subscription("slow")))
        assert not any("not sent" in one for one in told)

    ask(memory, run, parallelism=2)


FAILURES = [
    Status(429),
    Status(429, retry_after=20),
    Status(503),
    Status(503, retry_after=50),
    Hang(),
    Reset(),
]


@pytest.mark.parametrize("call", [Call.CREATE, Call.DELETE])
@pytest.mark.parametrize("fault", FAILURES, ids=lambda fault: fault.kind)
def test_the_patience_with_many_requests_is_that_with_one(
    memory: MemoryServer, fault: Fault, call: Call
) -> None:
    rows = [row(str(number), f"n{number}", "https://one.example.com/", "Loan.CLOSED") for number in range(30)]
    memory.reset(rows, [On(call, 1, fault, times=9_999)])

    async def one(api: DefactoApi, number: int) -> RequestError:
        is_create = call is Call.CREATE
        asked = api.create(subscription(f"m{number}")) if is_create else api.delete(str(number))
        with pytest.raises(RequestError) as caught:
            await asked
        return caught.value

    async def run(api: DefactoApi) -> None:
        failed = await asyncio.gather(*(one(api, number) for number in range(30)))
        # What was never sent is not unknown; and a read is tried all the same.
        words = "was not sent|the next one would have"
        unsent = [error for error in failed if re.search(words, error.message)]
        assert not any(error.outcome_unknown for error in unsent)
        assert len(unsent) + memory.count(call) >= 30
        await api.list_subscriptions()

    begun = memory.now
    ask(memory, run)
    assert memory.now - begun <= 2 * Timing().patience_s


def test_a_usable_answer_renews_the_patience(memory: MemoryServer) -> None:
    memory.reset(faults=[On(Call.CREATE, nth, Hang()) for nth in range(1, 12, 2)])

    async def run(api: DefactoApi) -> None:
        for number in range(12):
            with suppress(RequestError):
                await api.create(subscription(f"n{number}"))

    ask(memory, run)
    assert memory.count(Call.CREATE) == 12


def test_a_rate_limit_that_ends_is_no_failure(memory: MemoryServer) -> None:
    memory.reset(faults=[On(Call.CREATE, 1, Status(429), times=9)])
    ask(memory, lambda api: api.create(subscription("a")))
    assert memory.count(Call.CREATE) == 10


def test_a_wait_is_said_once_for_all_that_wait(memory: MemoryServer) -> None:
    memory.reset(faults=[On(Call.CREATE, 1, Status(429, retry_after=30), times=5)])
    said: list[str] = []

    async def run() -> None:
        async with client(memory, parallelism=10, say=said.append) as api:
            await asyncio.gather(*(api.create(subscription(f"n{number}")) for number in range(5)))

    memory.run(run())
    [line] = said
    assert "answered POST with 429" in line
    assert "trying again in 30 s" in line


def test_an_answer_that_is_late_is_said(memory: MemoryServer) -> None:
    memory.reset([ROW], latency_s=12)
    said: list[str] = []

    async def run() -> None:
        async with client(memory, parallelism=10, say=said.append) as api:
            await api.list_subscriptions()

    memory.run(run())
    [line] = said
    assert "to answer GET" in line


@pytest.mark.parametrize("pause_s", [5, 0.9])
def test_an_answer_in_drips_has_a_deadline_as_a_whole(memory: MemoryServer, pause_s: float) -> None:
    memory.reset([ROW], [On(Call.LIST, 1, Drip(pause_s=pause_s), times=99)])
    begun = memory.now
    error = failing(memory, lambda api: api.list_subscriptions())
    assert "in time" in error.message
    assert memory.now - begun <= Timing().patience_s + 0.001  # its clock has fractions


@pytest.mark.parametrize("layers", [1, 2])
def test_a_bomb_is_refused_before_it_unpacks(memory: MemoryServer, layers: int) -> None:
    memory.reset([ROW], [On(Call.LIST, 1, Zipped(128, layers), times=9)])
    failing(memory, lambda api: api.list_subscriptions())
    assert memory.count(Call.LIST) == 1


def test_an_answer_may_be_packed_once(memory: MemoryServer) -> None:
    packed = gzip.compress(b'{"data": []}')
    memory.reset(faults=[On(Call.LIST, 1, Says(200, packed, (("content-encoding", "gzip"),)))])
    assert ask(memory, lambda api: api.list_subscriptions()) == ()
    for broken in (packed[:-4], b"not packed", packed + packed, packed + b"\0"):
        memory.reset(faults=[On(Call.LIST, 1, Says(200, broken, (("content-encoding", "gzip"),)))])
        assert "unpacked" in failing(memory, lambda api: api.list_subscriptions()).message


def test_a_broken_tls_record_is_tried_again_or_unknown(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))
    with FaultyServer(certificate.server) as server:
        server.reset([ROW], [On(Call.LIST, 1, BrokenTls())])
        assert len(ask(server, lambda api: api.list_subscriptions())) == 1
        server.reset([ROW], [On(Call.CREATE, 1, BrokenTls())])
        assert failing(server, lambda api: api.create(subscription("b"))).outcome_unknown


class Odd(Exception):
    pass


@pytest.mark.parametrize(
    "odd", [Odd, ValueError, RuntimeError, RecursionError, MemoryError, UnicodeDecodeError]
)
def test_an_exception_that_nobody_thought_of_is_unknown(
    memory: MemoryServer, monkeypatch: pytest.MonkeyPatch, odd: type[Exception]
) -> None:
    class Transport(httpx.AsyncBaseTransport):
        async def handle_async_request(self, _: httpx.Request) -> httpx.Response:
            raise (
                odd("s3cr3t")
                if odd is not UnicodeDecodeError
                else UnicodeDecodeError("x", b"", 0, 1, "s3cr3t")
            )

    monkeypatch.setattr(memory, "transport", Transport)
    calls: list[Callable[[DefactoApi], Awaitable[object]]] = [
        lambda api: api.create(subscription("b")),
        lambda api: api.delete("1"),
    ]
    for call in calls:
        error = failing(memory, call, timing=ONE_TRY)
        assert error.outcome_unknown
        assert "s3cr3t" not in f"{error.message} {error.hint}"
        assert f"a bug in defacto-webhooks ({odd.__name__})" in error.message
    assert isinstance(failing(memory, lambda api: api.list_subscriptions(), timing=ONE_TRY), RequestError)


def test_a_mistake_of_ours_in_an_answer_is_unknown_too(
    memory: MemoryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(wire, "subscription", broken)
    monkeypatch.setattr(wire, "page", broken)
    assert failing(memory, lambda api: api.create(subscription("b"))).outcome_unknown
    failing(memory, lambda api: api.list_subscriptions())


def test_a_value_that_is_not_utf_8_is_not_sent(memory: MemoryServer) -> None:
    error = failing(memory, lambda api: api.create(subscription("caf\udce9")))
    assert not error.outcome_unknown
    assert "not UTF-8" in error.message
    assert memory.log == []


@pytest.mark.parametrize(
    ("next_page", "then"),
    [
        ("/webhooks?cursor=2", "/gateway/v1/webhooks?cursor=2"),
        ("/gateway/v1/webhooks?cursor=2", "/gateway/v1/webhooks?cursor=2"),
        ("?cursor=2", "/gateway/v1/webhooks?cursor=2"),
        ("webhooks?cursor=2", "/gateway/v1/webhooks?cursor=2"),
        ("/gateway/v1x?cursor=2", "/gateway/v1/gateway/v1x?cursor=2"),
    ],
)
def test_the_next_page_behind_a_gateway(next_page: str, then: str) -> None:
    asked: list[str] = []
    entry = {"id": "1", "name": "a", "to_url": "https://x.example/", "event_types": ["Loan.CLOSED"]}

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.raw_path.decode())
        page = {"data": []} if asked[1:] else {"data": [entry], "next_page": next_page}
        return httpx.Response(200, stream=httpx.ByteStream(json.dumps(page).encode()))

    async def run() -> None:
        transport = httpx.MockTransport(answer)
        async with DefactoApi(
            SecretUrl.from_account("https://gw.example/gateway/v1"),
            None,
            environment="e",
            key_source="k",
            transport=transport,
        ) as api:
            assert len(await api.list_subscriptions()) == 1

    asyncio.run(run())
    assert asked == ["/gateway/v1/webhooks", then]


@pytest.mark.parametrize(
    "next_page",
    [
        "//evil.example/webhooks",
        "https://evil.example/",
        "ftp://127.0.0.1:8001/webhooks",
        "http://user:password@127.0.0.1:8001/webhooks",
        "http://127.0.0.1:8001\\@evil.example/webhooks",
        "http://127.0.0.1:8001.evil.example/webhooks",
        "http://[::1/",
        "/webhooks?cursor=\0",
        "/webhooks?cursor=\x7f",
        f"/webhooks?cursor={'9' * 70_000}",
    ],
    ids=lambda text: ascii(text[:50]),
)
def test_no_next_page_leads_elsewhere(memory: MemoryServer, next_page: str) -> None:
    entry = {"id": "1", "name": "a", "to_url": "https://x.example/", "event_types": ["Loan.CLOSED"]}
    page = json.dumps({"data": [entry], "next_page": next_page})
    memory.reset(faults=[On(Call.LIST, 1, Says(200, page))])
    error = failing(memory, lambda api: api.list_subscriptions())
    assert isinstance(error, DoubtfulRead)
    assert "not an address of this server" in error.message
    assert len(memory.log) == 1


def test_a_next_page_is_the_same_server_however_it_is_written() -> None:
    asked: list[str] = []
    entry = {"id": "1", "name": "a", "to_url": "https://x.example/", "event_types": ["Loan.CLOSED"]}

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.url.scheme} {request.url.netloc.decode()} {request.url.raw_path.decode()}")
        following = "HTTPS://GW.example:443/webhooks?cursor=2"
        page = {"data": []} if asked[1:] else {"data": [entry], "next_page": following}
        return httpx.Response(200, stream=httpx.ByteStream(json.dumps(page).encode()))

    async def run() -> None:
        async with DefactoApi(
            SecretUrl.from_account("https://gw.example"),
            None,
            environment="e",
            key_source="k",
            transport=httpx.MockTransport(answer),
        ) as api:
            assert len(await api.list_subscriptions()) == 1

    asyncio.run(run())
    assert asked == ["https gw.example /webhooks", "https gw.example /webhooks?cursor=2"]


@pytest.mark.parametrize("second", [400, 403, 404, 409, 422])
@pytest.mark.parametrize("call", [Call.PATCH, Call.DELETE])
def test_a_refusal_says_nothing_about_an_earlier_attempt_that_was_lost(
    memory: MemoryServer, call: Call, second: int
) -> None:
    """The first PATCH was carried out and its answer lost; the second one, refused, doesn't undo it."""
    memory.reset([ROW], [On(call, 1, Reset(when=When.AFTER)), On(call, 2, Status(second))])
    wanted = subscription("b")
    calls = {Call.PATCH: lambda api: api.patch("1", wanted), Call.DELETE: lambda api: api.delete("1")}
    error = failing(memory, calls[call])
    assert error.status == second
    assert error.outcome_unknown


def test_interrupted_between_two_attempts_the_first_one_still_counts(memory: MemoryServer) -> None:
    stop = asyncio.Event()
    stopping = SecondWriter(lambda _: stop.set(), when=When.AFTER)
    memory.reset([ROW], [On(Call.DELETE, 1, stopping), On(Call.DELETE, 1, Reset(when=When.AFTER))])

    async def run() -> None:
        async with client(memory, stop=stop) as api:
            await api.delete("1")

    with pytest.raises(RequestError) as caught:
        memory.run(run())
    assert caught.value.outcome_unknown
    assert not memory.account
