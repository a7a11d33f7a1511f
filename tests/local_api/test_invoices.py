"""Invoices: the generator, the state machine, and what each move tells whom."""

from __future__ import annotations

import base64
import re
from datetime import datetime
from typing import Any

import httpx
import pytest

from defacto_webhooks.events import expand
from defacto_webhooks.local_api import LocalApi
from defacto_webhooks.local_api.scenarios import Scenario, generate_iban, scenario_of
from defacto_webhooks.notification import Notification
from tests.local_api.support import Clock, generated, invoiced, subscribe
from tests.local_api.test_webhooks import assert_problem
from tests.receiver import Receiver

ALL = expand("Invoice.*")
DAY = 86_400


async def test_the_guide_from_subscription_to_both_notifications(
    api: LocalApi, client: httpx.AsyncClient, clock: Clock, receiver: Receiver
) -> None:
    await subscribe(client, f"{receiver.url}/hook?token=x", "Invoice.SUBMITTED", "Invoice.VERIFIED")
    created = await client.post("/invoices", json=await generated(client))
    assert created.status_code == 201
    submitted = created.json()
    assert submitted["status"] == "SUBMITTED"
    assert (await client.get(f"/invoice/{submitted['id']}")).json() == submitted
    assert receiver.received == []  # off the request's path

    await api.run_due()
    [(path, first)] = receiver.received
    assert path == "/hook?token=x"
    assert first == {
        "entity_type": "invoice",
        "transition_name": "SUBMIT",
        "status": "SUBMITTED",
        "timestamp": "2023-11-14T22:13:20.000000+00:00",
        "id": submitted["id"],
        "event_type": "Invoice.SUBMITTED",
        "entity_state": submitted,
    }
    Notification.model_validate(first)

    await api.run_due()
    assert len(receiver.received) == 1  # verification is not due yet
    clock.now += 1
    await api.run_due()
    verified = (await client.get(f"/invoice/{submitted['id']}")).json()
    assert verified == {**submitted, "status": "VERIFIED"}
    [_, (_, second)] = receiver.received
    assert (second["event_type"], second["status"]) == ("Invoice.VERIFIED", "VERIFIED")
    assert second["entity_state"] == verified


async def test_a_generated_invoice_is_plausible(client: httpx.AsyncClient) -> None:
    for country in ("FRA", "ISL"):
        answer = await client.post("/sandbox/invoice-generator", json={"country": country})
        assert set(answer.json()) == {"invoice_creation_payload", "pdf_download_url"}
        payload = answer.json()["invoice_creation_payload"]
        assert payload["is_draft"] is False
        assert payload["net_amount"] + payload["tax_amount"] == payload["total_amount"]
        assert datetime.fromisoformat(payload["due_at"]) > datetime.fromisoformat(payload["issued_at"])
        iban = payload["to_account"]["account_number"]
        assert int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97 == 1
        pdf = base64.b64decode(payload["document"])
        assert_pdf(pdf)
        download = await client.get(answer.json()["pdf_download_url"], headers={"Authorization": ""})
        assert (download.headers["content-type"], download.content) == ("application/pdf", pdf)


def assert_pdf(content: bytes) -> None:
    """The cross-reference table points at the objects, and `startxref` at the table."""
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", content)[1])  # type: ignore[index]
    table = content[start:].splitlines()
    assert table[:3] == [b"xref", b"0 6", b"0000000000 65535 f "]
    for number, line in enumerate(table[3:8], 1):
        assert content[int(line[:10]) :].startswith(b"%d 0 obj" % number)


async def test_the_generator_takes_no_body_its_parts_and_nothing_else(client: httpx.AsyncClient) -> None:
    for content in (b"", b"null", b"{}", b" "):
        assert (await client.post("/sandbox/invoice-generator", content=content)).status_code == 201
    buyer = {"identifier": "899021021", "identifier_type": "siren"}
    payload = await generated(client, buyer=buyer, scenario="FAIL", country="NLD")
    assert payload["buyer"] == {**buyer, "name": None, "vat_number": None}
    answer = await client.post(
        "/sandbox/invoice-generator", json={"country": "USA", "scenario": "x", "buyer": 1}
    )
    assert_problem(answer, 422, "country", "scenario", "buyer")
    assert_problem(await client.post("/sandbox/invoice-generator", json=[1]), 422, "body")


def test_scenarios_travel_in_the_iban() -> None:
    for scenario in Scenario:
        assert scenario_of(generate_iban(scenario)) is scenario
    for other in (None, "", "FR7630006000011234567890189", "FR00", "FR0099999", "é" * 27):
        assert scenario_of(other) is Scenario.SUCCESS


@pytest.mark.parametrize(
    ("scenario", "after", "status", "transition"),
    [
        ("SUCCESS", 1, "VERIFIED", "VERIFY"),
        ("SUCCESS_ONE_DAY_LATER", DAY, "SUBMITTED", None),
        ("SUCCESS_ONE_DAY_LATER", DAY + 1, "VERIFIED", "VERIFY"),
        ("REJECT", 1, "TO_EDIT", "REQUEST_EDIT"),
        ("FAIL", 1, "TO_EDIT", "REQUEST_EDIT"),
        ("CANCEL", 1, "DECLINED", "DECLINE"),
    ],
)
async def test_what_a_scenario_leads_to(
    api: LocalApi,
    client: httpx.AsyncClient,
    clock: Clock,
    receiver: Receiver,
    scenario: str,
    after: int,
    status: str,
    transition: str | None,
) -> None:
    await subscribe(client, receiver.url, *ALL)
    invoice_id = await invoiced(client, scenario=scenario)
    clock.now += after
    await api.run_due()
    invoice = (await client.get(f"/invoice/{invoice_id}")).json()
    assert invoice["status"] == status
    assert bool(invoice["status_reason"]) == (status in ("TO_EDIT", "DECLINED"))
    names = [body["transition_name"] for _, body in receiver.received]
    assert names == ["SUBMIT", transition] if transition else ["SUBMIT"]


async def test_to_edit_and_a_second_submit_tell_submitted_twice(
    api: LocalApi, client: httpx.AsyncClient, clock: Clock, receiver: Receiver
) -> None:
    await subscribe(client, receiver.url, *ALL)
    for scenario in ("REJECT", "FAIL"):
        invoice_id = await invoiced(client, scenario=scenario)
        clock.now += 1
        await api.run_due()
        change = {"invoice_number": "F-2"}
        answer = await client.post(f"/invoice/{invoice_id}/submit", json=change)
        assert (answer.status_code, answer.json()["status"]) == (200, "SUBMITTED")
        assert answer.json()["invoice_number"] == "F-2"
        clock.now += 1
        await api.run_due()
    submitted, to_edit, verified = "Invoice.SUBMITTED", "Invoice.TO_EDIT", "Invoice.VERIFIED"
    assert receiver.events("/") == [submitted, to_edit, submitted, verified] + 2 * [submitted, to_edit]
    stamps = [body["timestamp"] for _, body in receiver.received]
    assert stamps[0] != stamps[2]


async def test_a_draft_tells_nobody_and_says_what_it_lacks(
    api: LocalApi, client: httpx.AsyncClient, receiver: Receiver
) -> None:
    await subscribe(client, receiver.url, *ALL)
    body = {"document": "", "metadata": {"a": [1, {"b": 1.5}]}}
    draft = (await client.post("/invoices", json=body)).json()
    assert (draft["status"], draft["is_draft"], draft["currency"]) == ("TO_SUBMIT", True, "EUR")
    assert draft["metadata"] == {"a": [1, {"b": 1.5}]}
    needed = ["buyer", "seller", "due_at", "issued_at", "invoice_number", "total_amount"]
    assert_problem(await client.post(f"/invoice/{draft['id']}/submit"), 422, *needed)
    answer = await client.post(
        f"/invoice/{draft['id']}/submit",
        json={"total_amount": 5, "buyer": {"name": "x"}, "seller": {"identifier": "1"}},
    )
    assert_problem(answer, 422, "buyer.identifier", "due_at", "issued_at", "invoice_number")
    assert (await client.get(f"/invoice/{draft['id']}")).json() == draft  # the refused change is not kept
    assert_problem(await client.post("/invoices", json={"document": "", "is_draft": False}), 422, *needed)
    await api.run_due()
    assert receiver.received == []

    rest: dict[str, Any] = await generated(client)
    submitted = await client.post(f"/invoice/{draft['id']}/submit", json=rest)
    assert (submitted.status_code, submitted.json()["is_draft"]) == (200, False)
    await api.run_due()
    assert receiver.events("/") == ["Invoice.SUBMITTED"]


async def test_an_invoice_answers_with_its_fields(client: httpx.AsyncClient) -> None:
    payload = await generated(client)
    invoice = (await client.post("/invoices", json=payload)).json()
    account = payload.pop("to_account")
    del payload["document"], account["account_holder"]
    assert invoice["to_account_details"] == account
    for role in ("buyer", "seller"):
        assert invoice[role] == {**payload.pop(role), "id": None, "business_id": None}
    assert {name: invoice[name] for name in payload} == payload


async def test_what_is_not_possible_in_a_status(
    api: LocalApi, client: httpx.AsyncClient, clock: Clock
) -> None:
    invoice_id = await invoiced(client)
    for later in (0, 1):
        clock.now += later
        await api.run_due()
        assert_problem(await client.post(f"/invoice/{invoice_id}/submit"), 400)
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/submit")):
        assert_problem(await client.request(method, f"/invoice/nobody{path}", json={}), 404)


async def test_a_deleted_invoice_says_so_once_and_is_not_verified(
    api: LocalApi, client: httpx.AsyncClient, clock: Clock, receiver: Receiver
) -> None:
    await subscribe(client, receiver.url, *ALL)
    invoice_id = await invoiced(client)
    deleted = await client.delete(f"/invoice/{invoice_id}")
    assert (deleted.status_code, deleted.json()["status"]) == (200, "DELETED")
    clock.now += 10
    await api.run_due()
    assert receiver.events("/") == ["Invoice.SUBMITTED", "Invoice.DELETED"]
    assert receiver.received[1][1]["entity_state"] == deleted.json()
    assert (await client.get(f"/invoice/{invoice_id}")).json() == deleted.json()
    assert_problem(await client.delete(f"/invoice/{invoice_id}"), 400)
    assert_problem(await client.post(f"/invoice/{invoice_id}/submit"), 400)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (
            {"total_amount": "1", "net_amount": 1.5, "tax_amount": True},
            ["total_amount", "net_amount", "tax_amount"],
        ),
        ({"currency": "USD", "metadata": []}, ["currency", "metadata"]),
        ({"due_at": "soon", "issued_at": 5}, ["due_at", "issued_at"]),
        (
            {"buyer": {"identifier": 5, "identifier_type": "passport"}},
            ["buyer.identifier", "buyer.identifier_type"],
        ),
        ({"to_account": {}}, ["to_account.account_number"]),
    ],
)
async def test_invoice_fields_that_are_not_valid(
    client: httpx.AsyncClient, body: dict[str, Any], names: list[str]
) -> None:
    draft = (await client.post("/invoices", json={"document": ""})).json()["id"]
    assert_problem(await client.post("/invoices", json=body), 422, "document", *names)
    assert_problem(await client.post(f"/invoice/{draft}/submit", json=body), 422, *names)
