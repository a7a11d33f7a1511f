"""The local API against Defacto's reference, over HTTP: what it takes and what it answers.

What the reference allows in a request is generated from it; every answer is held against it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, assume, given, settings, strategies as st
from schemathesis.checks import not_a_server_error

from defacto_webhooks.local_api import LocalApi
from tests import local
from tests.local_api.support import AUTHORIZATION, serving
from tests.reference import REFERENCE, SCHEMAS, check_answer, from_reference

NOT_SERVED = {("GET", "/invoices"), ("PATCH", "/invoice/{invoice_id}")}
ENUMS = {
    "event_types": SCHEMAS["CreateWebhook"]["properties"]["event_types"]["items"]["enum"],
    **{
        name: SCHEMAS["GenerateInvoiceRequest"]["properties"][name]["enum"]
        for name in ("country", "scenario")
    },
    "identifier_type": SCHEMAS["APIBusinessIdentifier"]["properties"]["identifier_type"]["enum"],
    "currency": SCHEMAS["APIDraftableInvoiceCreation"]["properties"]["currency"]["enum"],
    **{
        name: SCHEMAS["APIAccountCreation"]["properties"][name]["enum"]
        for name in ("account_number_type", "bank_identifier_type")
    },
}
SUBSCRIPTION = {"name": "a", "to_url": "https://hooks.example.com/x?token=y", "event_types": ["Loan.CLOSED"]}
generated = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
schema = schemathesis.openapi.from_dict(REFERENCE)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(LocalApi(tmp_path_factory.mktemp("reference") / "local.db")) as url:
        yield url


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[httpx.Client]:
    def check(answer: httpx.Response) -> None:
        answer.read()
        check_answer(answer)

    with local.Client(base_url=url, headers=AUTHORIZATION, event_hooks={"response": [check]}) as client:
        yield client


def made(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_every_operation_is_served_or_known_not_to_be(client: httpx.Client) -> None:
    refused = set()
    for path, operations in REFERENCE["paths"].items():
        for method in operations:
            answer = client.request(method, path.format(webhook_id="x", invoice_id="x"), json={})
            if answer.status_code == 405:
                refused.add((method.upper(), path))
    assert refused == NOT_SERVED


@schema.parametrize()
@generated
def test_whatever_is_sent_no_answer_is_outside_of_the_reference(case: Any, url: str) -> None:
    answer = case.call(base_url=url, headers=AUTHORIZATION)
    case.validate_response(answer, checks=[not_a_server_error])


@generated
@given(wanted=from_reference("CreateWebhook"))
def test_a_subscription_that_the_reference_allows_is_taken(client: httpx.Client, wanted: Any) -> None:
    stored = made(client.post("/webhooks", json=wanted))
    assert stored == {"id": stored["id"], **{name: wanted[name] for name in SUBSCRIPTION}}
    changed = client.patch(f"/webhook/{stored['id']}", json={**wanted, "name": "b"})
    assert (changed.status_code, changed.json()) == (200, {**stored, "name": "b"})
    assert stored["id"] in [row["id"] for row in client.get("/webhooks").json()["data"]]
    assert client.delete(f"/webhook/{stored['id']}").status_code == 204


@generated
@given(body=from_reference("GenerateInvoiceRequest"))
def test_an_invoice_is_generated_for_what_the_reference_allows(client: httpx.Client, body: Any) -> None:
    payload = made(client.post("/sandbox/invoice-generator", json=body))["invoice_creation_payload"]
    draft = made(client.post("/invoices", json={**payload, "is_draft": True}))
    assert draft["status"] == "TO_SUBMIT"
    assert client.get(f"/invoice/{draft['id']}").json() == draft


@generated
@given(body=from_reference("APIDraftableInvoiceCreation"), correction=from_reference("APIPatchInvoice"))
def test_an_invoice_that_the_reference_allows_is_taken(
    client: httpx.Client, body: Any, correction: Any
) -> None:
    """As a draft; submitting it may find that something is missing, which the declaration does not say."""
    draft = made(client.post("/invoices", json={**body, "is_draft": True}))
    submitted = client.post(f"/invoice/{draft['id']}/submit", json=correction)
    if submitted.status_code == 200:
        assert submitted.json()["status"] == "SUBMITTED"
    else:
        assert {param["reason"] for param in submitted.json()["invalid_params"]} == {"is required"}
    assert client.delete(f"/invoice/{draft['id']}").json()["status"] == "DELETED"


def with_value(field: str, value: str) -> tuple[str, dict[str, Any], str]:
    """Where a value of this enum goes: the path, a body that has it, and what a refusal calls it."""
    invoice = {"document": ""}
    match field:
        case "event_types":
            return "/webhooks", {**SUBSCRIPTION, "event_types": ["Loan.CLOSED", value]}, "event_types.1"
        case "country" | "scenario":
            return "/sandbox/invoice-generator", {field: value}, field
        case "identifier_type":
            return "/invoices", {**invoice, "buyer": {"identifier": "1", field: value}}, f"buyer.{field}"
        case "currency":
            return "/invoices", {**invoice, field: value}, field
        case _:
            account = {"account_number": "1", field: value}
            return "/invoices", {**invoice, "to_account": account}, f"to_account.{field}"


@pytest.mark.parametrize(("field", "value"), [(name, value) for name in ENUMS for value in ENUMS[name]])
def test_every_value_of_every_enum_is_taken(client: httpx.Client, field: str, value: str) -> None:
    path, body, _ = with_value(field, value)
    answer = made(client.post(path, json=body))
    assert path == "/sandbox/invoice-generator" or f'"{value}"' in json.dumps(answer)


@given(field=st.sampled_from(sorted(ENUMS)), value=st.text())
@generated
def test_any_other_value_is_refused_by_name(client: httpx.Client, field: str, value: str) -> None:
    assume(value not in ENUMS[field])
    path, body, name = with_value(field, value)
    answer = client.post(path, json=body)
    assert answer.status_code == 422
    assert [param["name"] for param in answer.json()["invalid_params"]] == [name]


def test_an_invoice_needs_its_document_alone(client: httpx.Client) -> None:
    assert [param["name"] for param in client.post("/invoices", json={}).json()["invalid_params"]] == [
        "document"
    ]
