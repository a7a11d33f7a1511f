"""Any event, on request: for trying out a callback with event types that no invoice leads to."""

from __future__ import annotations

import sqlite3
import uuid
from datetime import UTC, datetime
from typing import Any

from defacto_webhooks.events import entity_slug, split
from defacto_webhooks.local_api import generator, invoices, notifications
from defacto_webhooks.local_api.schemas import EventBody, GeneratorBody
from defacto_webhooks.local_server.problems import Problem


def simulate(connection: sqlite3.Connection, body: EventBody, *, now: float) -> tuple[dict[str, Any], int]:
    """The notification, and how many subscriptions it goes to. `now` is in seconds since 1970.

    The state in it is the given one; else that of the invoice with this id, with the event's status; else
    made up. Nothing but the notification comes of it: no entity changes.
    """
    entity_id = body.id or str(uuid.uuid4())
    state = body.entity_state
    if state is None:
        state = _invoice(connection, body) or _made_up(body.event_type, entity_id, now)
    elif body.id is None and isinstance(state.get("id"), str):
        entity_id = state["id"]
    return notifications.publish(
        connection,
        body.event_type,
        {**state, "id": entity_id},
        transition_name=body.transition_name,
        at=now,
    )


def _invoice(connection: sqlite3.Connection, body: EventBody) -> dict[str, Any] | None:
    entity, status = split(body.event_type)
    if body.id is None or entity != "Invoice":
        return None
    try:
        return {**invoices.get(connection, body.id), "status": status}
    except Problem:
        return None


def _made_up(event_type: str, entity_id: str, now: float) -> dict[str, Any]:
    """A state with an amount in cents: only an invoice's fields are in the reference as far as we have it."""
    entity, status = entity_slug(event_type), split(event_type)[1]
    invoice = generator.generate(GeneratorBody(), datetime.fromtimestamp(now, UTC))
    if entity == "invoice":
        return invoices.representation(entity_id, status, invoice)
    due = {"due_at": invoice["due_at"]} if entity == "loan" else {}
    amount = {"currency": invoice["currency"], "amount": invoice["total_amount"]}
    return {"id": entity_id, "status": status, **amount, **due}
