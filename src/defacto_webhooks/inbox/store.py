"""What came in, in an SQLite file: bounded in number and size; the oldest goes first and is counted."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from defacto_webhooks.errors import UserError
from defacto_webhooks.inbox.incoming import IncomingRequest, ParsedBody, Received
from defacto_webhooks.local_server.database import Database, Layout

# `seq` is never used twice, so a reader who has seen one number knows what it has not seen yet.
_SCHEMA: Final = """
CREATE TABLE inboxes (
    name TEXT PRIMARY KEY,
    created_at REAL NOT NULL,
    count INTEGER NOT NULL DEFAULT 0,
    dropped INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE received (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    inbox TEXT NOT NULL REFERENCES inboxes (name),
    received_at REAL NOT NULL,
    path TEXT NOT NULL,
    query TEXT NOT NULL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL,
    is_json INTEGER NOT NULL,
    event_type TEXT,
    fields TEXT NOT NULL,
    problems TEXT NOT NULL,
    key TEXT,
    duplicate_of INTEGER,
    bytes INTEGER NOT NULL,
    search TEXT NOT NULL
);
CREATE INDEX received_inbox ON received (inbox, seq);
CREATE INDEX received_type ON received (inbox, event_type);
CREATE INDEX received_key ON received (inbox, key) WHERE key IS NOT NULL;
CREATE TABLE totals (count INTEGER NOT NULL, bytes INTEGER NOT NULL);
INSERT INTO totals VALUES (0, 0)
"""
LAYOUT: Final = Layout(0x44464349, 1, _SCHEMA, "the inbox")  # "DFCI"
_LIST: Final = (
    "SELECT seq, received_at, event_type, fields, problems, duplicate_of FROM received WHERE inbox = :name"
)
_ROW_OVERHEAD: Final = 400  # bytes that a row takes beside its texts, roughly


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept of all inboxes together, and how many inboxes there may be."""

    notifications: int = 20_000
    bytes: int = 200_000_000
    inboxes: int = 1_000


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to: every word of `words`, this event type, only what has a remark."""

    words: tuple[str, ...] = ()
    event_type: str | None = None
    only: str | None = None  # "problems" or "duplicates"

    def sql(self) -> tuple[str, dict[str, str]]:
        parts, values = [], {}
        for index, word in enumerate(self.words):
            parts.append(f" AND instr(search, :word{index}) > 0")
            values[f"word{index}"] = word.casefold()
        if self.event_type is not None:
            parts.append(" AND event_type = :event_type")
            values["event_type"] = self.event_type
        if self.only == "problems":
            parts.append(" AND problems != '[]'")
        elif self.only == "duplicates":
            parts.append(" AND duplicate_of IS NOT NULL")
        return "".join(parts), values


class Full(UserError):
    """There are as many inboxes as there may be."""


class Store:
    """All inboxes of one file; any number of processes may use it. Every method raises UserError."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._database = Database(path, LAYOUT)
        self.limits = limits

    def open(self) -> None:
        self._database.open()

    def close(self) -> None:
        self._database.close()

    def create(self, name: str, now: float) -> bool:
        """Makes the inbox; False if it was there. Raises Full."""
        with self._database.transaction() as connection:
            return self._create(connection, name, now)

    def add(self, request: IncomingRequest, parsed: ParsedBody) -> Received:
        """Stores it, in a new inbox if need be, and drops the oldest above the limits. Raises Full."""
        headers = json.dumps(request.headers)
        size = len(request.body) + len(parsed.search) + len(headers) + len(request.query) + _ROW_OVERHEAD
        key = parsed.key
        with self._database.transaction() as connection:
            self._create(connection, request.inbox, request.received_at)
            first = connection.execute(
                "SELECT min(seq) FROM received WHERE inbox = ? AND key = ?", (request.inbox, key)
            ).fetchone()[0]
            seq = connection.execute(
                "INSERT INTO received (inbox, received_at, path, query, headers, body, is_json, event_type,"
                " fields, problems, key, duplicate_of, bytes, search)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    request.inbox,
                    request.received_at,
                    request.path,
                    request.query,
                    headers,
                    request.body,
                    parsed.is_json,
                    parsed.fields.get("event_type"),
                    json.dumps(parsed.fields),
                    json.dumps(parsed.problems),
                    key,
                    first,
                    size,
                    parsed.search,
                ),
            ).lastrowid
            connection.execute("UPDATE inboxes SET count = count + 1 WHERE name = ?", (request.inbox,))
            connection.execute("UPDATE totals SET count = count + 1, bytes = bytes + ?", (size,))
            self._drop_oldest(connection)
        return Received(seq or 0, request, parsed, first)

    def inboxes(self) -> list[dict[str, Any]]:
        """Name, time of creation, how many are stored and how many were dropped; the newest inbox first."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT * FROM inboxes ORDER BY created_at DESC, name").fetchall()
        return [dict(row) for row in rows]

    def state(self, name: str) -> dict[str, int] | None:
        """`count`, `dropped`, and `first`, the smallest number that is still there; None: no such inbox."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT count, dropped, (SELECT min(seq) FROM received WHERE inbox = name) AS first"
                " FROM inboxes WHERE name = ?",
                (name,),
            ).fetchone()
            if row is None:
                return None
            first = self._last(connection) + 1 if row["first"] is None else row["first"]
            return {"count": row["count"], "dropped": row["dropped"], "first": first}

    def last(self) -> int:
        """The highest number ever given, in any inbox."""
        with self._database.reading() as connection:
            return self._last(connection)

    def newest(self, name: str, wanted: Filter, *, before: int | None, limit: int) -> list[sqlite3.Row]:
        """Up to `limit` below `before`, newest first, without their bodies."""
        return self._listed(name, wanted, "AND seq < :to ORDER BY seq DESC", 0, before, limit)

    def between(self, name: str, wanted: Filter, *, after: int, to: int, limit: int) -> list[sqlite3.Row]:
        """Up to `limit` of those above `after`, up to `to`, oldest first."""
        return self._listed(name, wanted, "AND seq > :after AND seq <= :to ORDER BY seq", after, to, limit)

    def event_types(self, name: str) -> list[str]:
        """Those that are there, sorted."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT DISTINCT event_type FROM received WHERE inbox = ? AND event_type IS NOT NULL"
                " ORDER BY event_type LIMIT 200",
                (name,),
            ).fetchall()
        return [row[0] for row in rows]

    def one(self, name: str, seq: int) -> sqlite3.Row | None:
        """All of one."""
        with self._database.reading() as connection:
            row: sqlite3.Row | None = connection.execute(
                "SELECT * FROM received WHERE inbox = ? AND seq = ?", (name, seq)
            ).fetchone()
            return row

    def clear(self, name: str, *, delete: bool = False) -> bool:
        """Forgets what is in the inbox, with `delete` the inbox too; False if there is none."""
        with self._database.transaction() as connection:
            count, size = connection.execute(
                "SELECT count(*), coalesce(sum(bytes), 0) FROM received WHERE inbox = ?", (name,)
            ).fetchone()
            connection.execute("DELETE FROM received WHERE inbox = ?", (name,))
            connection.execute("UPDATE totals SET count = count - ?, bytes = bytes - ?", (count, size))
            if delete:
                return connection.execute("DELETE FROM inboxes WHERE name = ?", (name,)).rowcount > 0
            changed = connection.execute("UPDATE inboxes SET count = 0, dropped = 0 WHERE name = ?", (name,))
            return changed.rowcount > 0

    def _create(self, connection: sqlite3.Connection, name: str, now: float) -> bool:
        if connection.execute("SELECT 1 FROM inboxes WHERE name = ?", (name,)).fetchone():
            return False
        if connection.execute("SELECT count(*) FROM inboxes").fetchone()[0] >= self.limits.inboxes:
            raise Full(f"there are {self.limits.inboxes} inboxes already", "delete one on the page")
        connection.execute("INSERT INTO inboxes (name, created_at) VALUES (?, ?)", (name, now))
        return True

    def _drop_oldest(self, connection: sqlite3.Connection) -> None:
        count, size = connection.execute("SELECT count, bytes FROM totals").fetchone()
        while count > self.limits.notifications or (size > self.limits.bytes and count > 1):
            row = connection.execute("SELECT seq, inbox, bytes FROM received ORDER BY seq LIMIT 1").fetchone()
            connection.execute("DELETE FROM received WHERE seq = ?", (row["seq"],))
            connection.execute(
                "UPDATE inboxes SET count = count - 1, dropped = dropped + 1 WHERE name = ?", (row["inbox"],)
            )
            count, size = count - 1, size - row["bytes"]
            connection.execute("UPDATE totals SET count = ?, bytes = ?", (count, size))

    def _last(self, connection: sqlite3.Connection) -> int:
        row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'received'").fetchone()
        return 0 if row is None else int(row[0])

    def _listed(
        self, name: str, wanted: Filter, window: str, after: int, to: int | None, limit: int
    ) -> list[sqlite3.Row]:
        condition, values = wanted.sql()
        with self._database.reading() as connection:
            return connection.execute(
                " ".join((_LIST, condition, window, "LIMIT :limit")),
                {**values, "name": name, "after": after, "to": to or 2**62, "limit": limit},
            ).fetchall()
