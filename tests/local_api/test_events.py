"""Any event on request."""

from __future__ import annotations

import httpx
import pytest

from defacto_webhooks import parse_notification
from defacto_webhooks.events import EVENT_TYPES, entity_slug
from defacto_webhooks.local_api import LocalApi
from tests.local_api.support import generated, subscribe
from tests.receiver import Receiver


async def test_each_of_the_event_types_can_be_made_to_happen(
    api: LocalApi, client: httpx.AsyncClient, receiver: Receiver
) -> None:
    await subscribe(client, f"{receiver.url}/all", *EVENT_TYPES)
    for event_type in EVENT_TYPES:
        answer = await client.post("/sandbox/events", json={"event_type": event_type})
        assert (answer.status_code, answer.json()["deliveries"]) == (201, 1)
    await api.run_due()
    assert receiver.events("/all") == list(EVENT_TYPES)
    for _, body in receiver.received:
        notification = parse_notification(body)
        assert notification.entity_type == entity_slug(notification.event_type)
        assert notification.entity_state["id"] == notification.id
        assert notification.entity_state["status"] == notification.status
    assert len({body["id"] for _, body in receiver.received}) == len(EVENT_TYPES)


async def test_the_entity_may_be_given(client: httpx.AsyncClient) -> None:
    async def made(**body: object) -> dict[str, object]:
        answer = await client.post("/sandbox/events", json=body)
        assert answer.status_code == 201
        notification: dict[str, object] = answer.json()["notification"]
        return notification

    given = await made(event_type="Loan.CLOSED", id="my-loan", transition_name="CLOSE", entity_state={"a": 1})
    assert (given["id"], given["transition_name"]) == ("my-loan", "CLOSE")
    assert given["entity_state"] == {"a": 1, "id": "my-loan"}
    assert (await made(event_type="Loan.CLOSED", entity_state={"id": "x"}))["id"] == "x"
    assert (await made(event_type="Loan.CLOSED", entity_state={"id": 5}))["id"] != 5
    assert (await made(event_type="BorrowerFinancialProductCreated"))["status"] == "Created"


async def test_an_existing_invoice_stays_as_it_is(client: httpx.AsyncClient) -> None:
    invoice = (await client.post("/invoices", json=await generated(client))).json()
    body = {"event_type": "Invoice.DECLINED", "id": invoice["id"]}
    state = (await client.post("/sandbox/events", json=body)).json()["notification"]["entity_state"]
    assert state == {**invoice, "status": "DECLINED"}
    assert (await client.get(f"/invoice/{invoice['id']}")).json() == invoice


@pytest.mark.parametrize("body", [{}, {"event_type": "Loan.NEW"}, {"event_type": "Loan.CLOSED", "id": ""}])
async def test_what_is_no_event_is_a_422(client: httpx.AsyncClient, body: dict[str, str]) -> None:
    assert (await client.post("/sandbox/events", json=body)).status_code == 422
    anonymous = await client.post("/sandbox/events", json=body, headers={"authorization": ""})
    assert anonymous.status_code == 401
