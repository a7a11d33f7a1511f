"""Publishes an event to all who subscribed, in the caller's transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from defacto_webhooks.events import entity_slug, split
from defacto_webhooks.local_api.tables import drop_oldest


def publish(
    connection: sqlite3.Connection,
    event_type: str,
    entity_state: Mapping[str, Any],
    *,
    transition_name: str | None,
    at: float,
) -> tuple[dict[str, Any], int]:
    """Stores the notification and one delivery for each subscription to `event_type`.

    `entity_state` is what GET answers for the entity right now, with its `id`; `at` is in seconds since
    1970. Returns the notification and the number of deliveries. The payload is that of the guide; that its
    `id` is the entity's is a guess.
    """
    body = {
        "entity_type": entity_slug(event_type),
        "transition_name": transition_name,
        "status": split(event_type)[1],
        "timestamp": datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds"),
        "id": entity_state["id"],
        "event_type": event_type,
        "entity_state": entity_state,
    }
    event = connection.execute(
        "INSERT INTO events (event_type, body) VALUES (?, ?)", (event_type, json.dumps(body, allow_nan=False))
    )
    deliveries = connection.execute(
        "INSERT INTO deliveries (event_seq, subscription_id, to_url, state)"
        " SELECT ?, id, json_extract(content, '$.to_url'), 'pending' FROM subscriptions"
        " WHERE EXISTS (SELECT 1 FROM json_each(content, '$.event_types') WHERE value = ?) ORDER BY seq",
        (event.lastrowid, event_type),
    )
    if deliveries.rowcount == 0:  # nobody is to be told
        connection.execute("DELETE FROM events WHERE seq = ?", (event.lastrowid,))
    drop_oldest(connection)
    return body, deliveries.rowcount
