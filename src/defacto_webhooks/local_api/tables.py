"""The tables of the local API.

`seq` is the order of creation, which lists and cursors follow. `next_status` is what becomes of a submitted
invoice at `due_at`. An event is stored once, with one row of `deliveries` for each subscription to it; that
row keeps the URL of that moment, so that a deleted or changed subscription does not rewrite what is already
on its way.

What happened is not kept for ever: the oldest makes room.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from defacto_webhooks.local_server.database import Layout

_SCHEMA: Final = """
CREATE TABLE subscriptions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    content TEXT NOT NULL
);
CREATE TABLE invoices (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    submissions INTEGER NOT NULL,
    fields TEXT NOT NULL,
    next_status TEXT,
    due_at REAL
);
CREATE INDEX invoices_due ON invoices (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    event_type TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    event_seq INTEGER NOT NULL REFERENCES events (seq),
    subscription_id TEXT NOT NULL,
    to_url TEXT NOT NULL,
    state TEXT NOT NULL,
    started_at REAL,
    ended_at REAL,
    http_status INTEGER,
    reason TEXT
);
CREATE INDEX deliveries_event ON deliveries (event_seq);
CREATE INDEX deliveries_open ON deliveries (state, subscription_id, seq);
"""
LAYOUT: Final = Layout(0x44464357, 3, _SCHEMA, "the local Defacto API")  # "DFCW"
_KEPT: Final = 10_000  # deliveries, and invoices


def drop_oldest(connection: sqlite3.Connection) -> None:
    """Forgets old deliveries that were tried, with their events, and old invoices that are settled."""
    connection.execute(
        "DELETE FROM deliveries WHERE seq <= (SELECT max(seq) FROM deliveries) - ?"
        " AND state NOT IN ('pending', 'sending')",
        (_KEPT,),
    )
    # Deliveries are made in the order of their events, so nobody needs what is older than the first one's.
    connection.execute(
        "DELETE FROM events WHERE seq < coalesce("
        "(SELECT event_seq FROM deliveries ORDER BY seq LIMIT 1), (SELECT max(seq) + 1 FROM events))"
    )
    connection.execute(
        "DELETE FROM invoices WHERE seq <= (SELECT max(seq) FROM invoices) - ? AND due_at IS NULL", (_KEPT,)
    )
