"""The client against Defacto's reference: what it allows is read as it is, or refused for a good reason.

Answers are generated from the reference's schemas, and spoilt in every field that the client relies on.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from defacto_webhooks.api import DefactoApi
from defacto_webhooks.errors import DoubtfulRead, RequestError
from tests import client
from tests.accounts import subscription
from tests.faulty_server import Call, MemoryServer, On, Says
from tests.reference import SCHEMAS, from_reference

T = TypeVar("T")
generated = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
CONTENT = subscription("a", "https://hooks.example.com/x?token=y")


def ask(call: Callable[[DefactoApi], Awaitable[T]], *answers: object, status: int = 200) -> T:
    """What `call` makes of these answers, one a request; the last one goes on."""
    says = [On(Call.ANY, nth, Says(status, json.dumps(answer))) for nth, answer in enumerate(answers, 1)]
    says[-1] = replace(says[-1], times=1_000)
    with MemoryServer() as server:
        return client.ask(server.reset(faults=says), call, timing=client.ONE_TRY)


def listed(*pages: object) -> list[tuple[str, str, str, list[str]]]:
    """What the client makes of these pages."""
    return [
        (remote.id, remote.content.name, remote.content.to_url.reveal(), list(remote.content.event_types))
        for remote in ask(lambda api: api.list_subscriptions(), *pages)
    ]


@st.composite
def pages_that_agree(draw: st.DrawFn, at_least: int = 0) -> list[dict[str, Any]]:
    """An account of `at_least` so many subscriptions, as up to three pages that the reference allows and that
    don't contradict each other."""
    drawn = draw(st.lists(from_reference("TypedApiPage9"), min_size=1, max_size=3))
    pages = [page for page in drawn if page.get("data")]
    if not pages:
        pages = [{**drawn[0], "data": [draw(from_reference("Webhook1")) for _ in range(at_least)]}]
    rows = [row for page in pages for row in page["data"]]
    for number, row in enumerate(rows):
        row["id"] = f"{number:08x}-0000-4000-8000-000000000000"
    for number, page in enumerate(pages, 1):
        page["count"] = len(page["data"])
        page["total"] = draw(st.sampled_from([len(rows), None]))
        page["next_page"] = f"/webhooks?cursor={number}" if page is not pages[-1] else None
    return pages


@generated
@given(pages=pages_that_agree())
def test_the_list_is_read_as_it_is(pages: list[dict[str, Any]]) -> None:
    assert listed(*pages) == [
        (row["id"], row["name"], row["to_url"], sorted(set(row["event_types"])))
        for page in pages
        for row in page["data"]
    ]


@generated
@given(page=from_reference("TypedApiPage9"))
def test_a_page_as_it_was_generated_is_read_or_refused_for_a_reason(page: dict[str, Any]) -> None:
    rows = page.get("data", [])
    ids = [row.get("id") for row in rows]
    can_be_trusted = (
        None not in ids
        and len(set(ids)) == len(ids)
        and page["count"] == len(rows)
        and page.get("total") in (None, len(rows))
        and not page.get("next_page")
    )
    try:
        found = listed(page)
    except DoubtfulRead:
        assert not can_be_trusted
    else:
        assert [id_ for id_, *_ in found] == ids
        assert can_be_trusted


WRONG: list[Any] = [{}, True, 1.5, [1]]
SPOILT: dict[str, list[Any]] = {
    "count": [*WRONG, "1", 10_000],
    "total": [*WRONG, "1", 10_000],
    "next_page": [*WRONG, 0, "/webhooks", "https://elsewhere.example/"],
    "previous_page": [*WRONG, 0],
    "data": [*WRONG, None, 0, {"id": "7"}],
    "data.id": [*WRONG, None, "", ".."],
    "data.name": [*WRONG, None, 0],
    "data.to_url": [*WRONG, None, 0],
    "data.event_types": [*WRONG, None, "Loan.CLOSED", [None]],
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field in SPOILT for value in SPOILT[field]])
@settings(generated, max_examples=1)
@given(pages=pages_that_agree(at_least=1), data=st.data())
def test_a_list_that_is_spoilt_anywhere_is_refused(
    field: str, value: object, pages: list[dict[str, Any]], data: st.DataObject
) -> None:
    page = data.draw(st.sampled_from(pages))
    if field.startswith("data."):
        row = data.draw(st.sampled_from(page["data"]))
        row[field.removeprefix("data.")] = value
    else:
        page[field] = value
    with pytest.raises(DoubtfulRead) as refused:
        listed(*pages)
    assert "run the command again" in refused.value.hint


@pytest.mark.parametrize("field", ["id", "name", "to_url", "event_types"])
@settings(generated, max_examples=3)
@given(pages=pages_that_agree(at_least=1))
def test_a_subscription_that_lacks_something_is_not_read(field: str, pages: list[dict[str, Any]]) -> None:
    del pages[-1]["data"][0][field]
    with pytest.raises(DoubtfulRead, match=f"`{field}` of subscription 1 .*is missing"):
        listed(*pages)


@generated
@given(answer=from_reference("Webhook"))
def test_a_subscription_that_was_stored_is_read_as_it_is(answer: dict[str, Any]) -> None:
    if answer.get("id") is None:
        with pytest.raises(RequestError) as unknown:
            ask(lambda api: api.create(CONTENT), answer, status=201)
        assert unknown.value.outcome_unknown
        return
    stored = ask(lambda api: api.create(CONTENT), answer, status=201)
    content = stored.content
    assert (stored.id, content.name, content.to_url.reveal(), content.event_types) == (
        *(answer["id"], answer["name"], answer["to_url"]),
        tuple(sorted(set(answer["event_types"]))),
    )


@generated
@given(answer=from_reference("APIInvoice"))
def test_an_invoice_is_read(answer: dict[str, Any]) -> None:
    answer["id"] = str(answer.get("id"))  # its type is not declared
    invoice = ask(lambda api: api.invoice("7"), answer)
    assert (invoice.id, invoice.status, invoice.invoice_number, invoice.total_amount) == (
        *(answer["id"], answer.get("status", "TO_SUBMIT"), answer["invoice_number"]),
        answer.get("total_amount"),
    )


@generated
@given(answer=from_reference("GeneratedInvoice"))
def test_a_generated_invoice_is_passed_on_as_it_is(answer: dict[str, Any]) -> None:
    payload = ask(lambda api: api.generate_invoice("SUCCESS"), answer, status=201)
    assert payload == answer["invoice_creation_payload"]


def test_every_event_type_and_one_that_is_new_is_read() -> None:
    types = [*SCHEMAS["Webhook1"]["properties"]["event_types"]["items"]["enum"], "Loan.OVERDUE", "New", ""]
    row = {"id": "7", "name": "a", "to_url": "https://h.example/", "event_types": types}
    [(*_, found)] = listed({"count": 1, "page_size": 100, "data": [row]})
    assert found == sorted(types)
