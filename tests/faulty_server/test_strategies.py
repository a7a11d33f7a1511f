"""What is drawn keeps to the assumptions that were chosen, and the server survives all of it."""

from __future__ import annotations

from typing import Any

import httpx
from hypothesis import given, strategies as st

from tests.faulty_server import (
    Call,
    Count,
    Creates,
    Fault,
    Ids,
    MemoryServer,
    On,
    SecondWriter,
    Stored,
    StoresOther,
    strategies as drawn,
)
from tests.faulty_server.asking import ask

bodies = st.fixed_dictionaries(
    {
        "name": st.sampled_from(drawn.NAMES),
        "to_url": st.sampled_from(drawn.URLS),
        "event_types": st.lists(st.sampled_from(drawn.EVENTS), min_size=1, unique=True),
    }
)
requests = st.lists(
    st.one_of(
        st.tuples(st.just("GET"), st.just("/webhooks"), st.none()),
        st.tuples(st.just("POST"), st.just("/webhooks"), bodies),
        st.tuples(st.just("PATCH"), st.integers(1, 9).map("/webhook/{}".format), bodies),
        st.tuples(st.just("DELETE"), st.integers(1, 9).map("/webhook/{}".format), st.none()),
    ),
    max_size=10,
)


def shown(answer: httpx.Response) -> list[dict[str, Any]] | None:
    """The subscriptions of a list that can be believed; None for any other answer."""
    try:
        page = answer.json()
    except ValueError:
        return None
    if answer.status_code != 200 or not isinstance(page, dict) or not isinstance(page.get("data"), list):
        return None
    rows = page["data"]
    return rows if page.get("count") == len(rows) and not page.get("next_page") and all(rows) else None


@given(st.data(), drawn.accounts(), requests)
def test_sound_schedules(
    memory: MemoryServer,
    data: st.DataObject,
    account: list[Stored],
    sent: list[tuple[str, str, object]],
) -> None:
    """A list never shows what is gone, and each clear refusal is true."""
    schedule = data.draw(drawn.schedules())
    memory.reset(account, schedule)
    for method, path, body in sent:
        changes = len(memory.history)
        try:
            answer = ask(memory, method, path, body)
        except httpx.TransportError:
            continue
        rows = shown(answer) if method == "GET" else None
        covered = memory.history[-1].covered
        for row in rows or []:
            assert {(row["to_url"], event_type) for event_type in row["event_types"]} <= covered
            assert row["id"] in {stored.id for stored in memory.account}
        if 400 <= answer.status_code < 500:
            assert not memory.log[-1].committed
            assert {snapshot.cause for snapshot in memory.history[changes:]} <= {"late"}
    memory.settle()
    assert not memory.other_origin_bytes
    assert not any(isinstance(on.fault, SecondWriter | StoresOther) for on in schedule)


@given(
    accounts=drawn.accounts(),
    schedule=drawn.schedules(lies=True, hangs=True),
    ways=st.just([]) | drawn.ways(),
    page_size=st.sampled_from([100, 1, 2]),
    count=st.sampled_from(Count),
    ids=drawn.ids,
    sent=requests,
)
def test_the_server_survives_everything(
    memory: MemoryServer,
    accounts: list[Stored],
    schedule: list[On],
    ways: list[Fault],
    page_size: int,
    count: Count,
    ids: Ids,
    sent: list[tuple[str, str, object]],
) -> None:
    memory.reset(accounts, schedule, always=ways, page_size=page_size, count=count, ids=ids)
    answered: list[int | None] = []
    for method, path, body in sent:
        try:
            answered.append(ask(memory, method, path, body).status_code)
        except httpx.TransportError:
            answered.append(None)
    memory.settle()
    assert [request.status for request in memory.log] == answered
    assert memory.history[-1].account == memory.account
    assert len({str(row.id) for row in memory.account}) == len(memory.account)
    assert memory.in_flight == 0
    assert len(memory.fired) + len(memory.unfired) >= len(schedule)


@given(drawn.schedules(reads=False, stale=False))
def test_without_reads_nothing_happens_to_a_list(schedule: list[On]) -> None:
    assert Call.LIST not in {on.call for on in schedule}


@given(drawn.same_file_writers([("a", "https://a", ["x"])]))
def test_another_apply_only_adds_what_is_wanted(fault: Fault) -> None:
    assert isinstance(fault, SecondWriter)
    assert fault.act == Creates("a", "https://a", ("x",))
