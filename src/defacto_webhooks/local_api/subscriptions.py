"""Webhook subscriptions in the database. Names and URLs may repeat: nothing documented forbids it."""

from __future__ import annotations

import json
import re
import sqlite3
import uuid
from typing import Any, Final

from defacto_webhooks.local_api.schemas import SubscriptionBody
from defacto_webhooks.local_server.problems import Problem, invalid

_PAGE_SIZE: Final = 100


def page(connection: sqlite3.Connection, cursor: str | None) -> dict[str, Any]:
    """One page of the list, oldest first, in the reference's envelope. Raises Problem (422).

    `count` is the length of this page, and the cursor the number of the last entry before it: both guesses.
    """
    if cursor is not None and re.fullmatch("[0-9]{1,18}", cursor) is None:
        raise invalid(("cursor", "is not a cursor of this list"))
    after = int(cursor or 0)
    total = connection.execute("SELECT count(*) FROM subscriptions").fetchone()[0]
    rows = connection.execute(
        "SELECT * FROM subscriptions WHERE seq > ? ORDER BY seq LIMIT ?", (after, _PAGE_SIZE + 1)
    ).fetchall()
    shown = rows[:_PAGE_SIZE]
    before = connection.execute(
        "SELECT seq FROM subscriptions WHERE seq <= ? ORDER BY seq DESC LIMIT ?", (after, _PAGE_SIZE + 1)
    ).fetchall()
    previous = f"/webhooks?cursor={before[_PAGE_SIZE]['seq'] if len(before) > _PAGE_SIZE else 0}"
    return {
        "count": len(shown),
        "page_size": _PAGE_SIZE,
        "total": total,
        "next_page": f"/webhooks?cursor={shown[-1]['seq']}" if len(rows) > len(shown) else None,
        "previous_page": previous if before else None,
        "data": [{"id": row["id"], **json.loads(row["content"])} for row in shown],
    }


def create(connection: sqlite3.Connection, body: SubscriptionBody) -> dict[str, Any]:
    """The new subscription, stored as it was sent."""
    subscription_id = str(uuid.uuid4())
    connection.execute(
        "INSERT INTO subscriptions (id, content) VALUES (?, ?)", (subscription_id, body.model_dump_json())
    )
    return {"id": subscription_id, **body.model_dump()}


def change(connection: sqlite3.Connection, subscription_id: str, body: SubscriptionBody) -> dict[str, Any]:
    """The subscription with all fields replaced. Raises Problem (404)."""
    cursor = connection.execute(
        "UPDATE subscriptions SET content = ? WHERE id = ?", (body.model_dump_json(), subscription_id)
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
