"""Any event, on request: for trying out a callback with event types that no invoice leads to."""

from __future__ import annotations

import sqlite3
import uuid
from typing import Any

from defacto_webhooks.events import split
from defacto_webhooks.local_api import invoices, notifications, samples
from defacto_webhooks.local_api.schemas import EventBody
from defacto_webhooks.local_server.problems import Problem


def happen(connection: sqlite3.Connection, body: EventBody, *, now: float) -> tuple[dict[str, Any], int]:
    """The notification, and how many subscriptions it goes to.

    The state in it is the given one; else that of the invoice with this id, with the event's status; else
    made up. Nothing but the notification comes of it: no entity changes.
    """
    entity_id = body.id or str(uuid.uuid4())
    state = body.entity_state
    if state is None:
        state = _invoice(connection, body) or dict(samples.entity_state(body.event_type, entity_id, now))
    elif body.id is None and isinstance(state.get("id"), str):
        entity_id = state["id"]
    return notifications.record(
        connection,
        body.event_type,
        {**state, "id": entity_id},
        transition_name=body.transition_name,
        at=now,
    )


def _invoice(connection: sqlite3.Connection, body: EventBody) -> dict[str, Any] | None:
    if body.id is None or not body.event_type.startswith("Invoice."):
        return None
    try:
        state = invoices.get(connection, body.id)
    except Problem:
        return None
    return {**state, "status": split(body.event_type)[1]}
