"""Webhook subscriptions in the database. Names and URLs may repeat: nothing documented forbids it."""

from __future__ import annotations

import json
import sqlite3
import uuid
from typing import Any

from defacto_webhooks.local_api.pages import Window
from defacto_webhooks.local_api.schemas import SubscriptionBody
from defacto_webhooks.local_server.problems import Problem


def listed(connection: sqlite3.Connection, wanted: Window) -> list[tuple[int, dict[str, Any]]]:
    """(number, subscription) pairs, oldest first."""
    rows = connection.execute(
        "SELECT * FROM subscriptions WHERE seq > ? ORDER BY seq LIMIT ?", (wanted.after, wanted.rows)
    )
    return [
        (
            row["seq"],
            {
                "id": row["id"],
                "name": row["name"],
                "to_url": row["to_url"],
                "event_types": json.loads(row["event_types"]),
            },
        )
        for row in rows
    ]


def create(connection: sqlite3.Connection, body: SubscriptionBody) -> dict[str, Any]:
    """The new subscription, stored byte for byte as it was sent."""
    subscription_id = str(uuid.uuid4())
    connection.execute(
        "INSERT INTO subscriptions (id, name, to_url, event_types) VALUES (?, ?, ?, ?)",
        (subscription_id, body.name, body.to_url, json.dumps(body.event_types)),
    )
    return {"id": subscription_id, **body.model_dump()}


def change(connection: sqlite3.Connection, subscription_id: str, body: SubscriptionBody) -> dict[str, Any]:
    """The subscription with all three fields replaced. Raises Problem (404)."""
    cursor = connection.execute(
        "UPDATE subscriptions SET name = ?, to_url = ?, event_types = ? WHERE id = ?",
        (body.name, body.to_url, json.dumps(body.event_types), subscription_id),
    )
    if cursor.rowcount == 0:
        raise _unknown()
    return {"id": subscription_id, **body.model_dump()}


def delete(connection: sqlite3.Connection, subscription_id: str) -> None:
    """Raises Problem (404). What is already on its way to the subscription still goes out (a guess)."""
    if connection.execute("DELETE FROM subscriptions WHERE id = ?", (subscription_id,)).rowcount == 0:
        raise _unknown()


def _unknown() -> Problem:
    return Problem(404, "There is no webhook subscription with this id.")
