"""What came in, in an SQLite file; above its limits the oldest goes first."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from defacto_webhooks.inbox.incoming import IncomingRequest, ParsedBody, Received
from defacto_webhooks.local_server.database import Database, Layout, used_bytes
from defacto_webhooks.local_server.one_attempt import Forward

# `seq` is never used twice. `revision` rises with everything that is added or changed, so a reader who has
# seen one revision knows what it has not seen yet.
_SCHEMA: Final = """
CREATE TABLE inboxes (
    name TEXT PRIMARY KEY,
    created_at REAL NOT NULL,
    used_at REAL NOT NULL,
    by_hand INTEGER NOT NULL,
    count INTEGER NOT NULL DEFAULT 0,
    dropped INTEGER NOT NULL DEFAULT 0,
    deleted INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE received (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    revision INTEGER NOT NULL,
    inbox TEXT NOT NULL REFERENCES inboxes (name),
    received_at REAL NOT NULL,
    source TEXT NOT NULL,
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
    forwards TEXT NOT NULL DEFAULT '[]',
    search TEXT NOT NULL
);
CREATE INDEX received_inbox ON received (inbox, seq);
CREATE INDEX received_revision ON received (inbox, revision);
CREATE INDEX received_type ON received (inbox, event_type);
CREATE INDEX received_key ON received (inbox, key) WHERE key IS NOT NULL;
CREATE TABLE latest (revision INTEGER NOT NULL);
INSERT INTO latest VALUES (0)
"""
LAYOUT: Final = Layout(0x44464349, 2, _SCHEMA, "the inbox")  # "DFCI"
_SUMMARY: Final = "seq, revision, received_at, fields, problems, duplicate_of, forwards"
_HIGHEST: Final = 2**63 - 1  # number in SQLite
_FORWARDS_KEPT: Final = 10  # of each notification, the latest


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept of all inboxes together, and how many inboxes.

    `bytes` are those of the file, which may
    be larger by one notification.
    """

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
        """Makes the inbox, for somebody who asked for it; False if it was there."""
        with self._database.transaction() as connection:
            return self._create(connection, name, now, by_hand=True)

    def add(self, request: IncomingRequest, parsed: ParsedBody) -> Received:
        """Stores it, in a new inbox if need be, and drops the oldest above the limits."""
        key = parsed.key
        with self._database.transaction() as connection:
            self._create(connection, request.inbox, request.received_at, by_hand=False)
            first = connection.execute(
                "SELECT min(seq) FROM received WHERE inbox = ? AND key = ?", (request.inbox, key)
            ).fetchone()[0]
            seq = connection.execute(
                "INSERT INTO received (revision, inbox, received_at, source, path, query, headers, body,"
                " is_json, event_type, fields, problems, key, duplicate_of, search)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    self._next_revision(connection),
                    request.inbox,
                    request.received_at,
                    request.source,
                    request.path,
                    request.query,
                    json.dumps(request.headers),
                    request.body,
                    parsed.is_json,
                    parsed.fields.get("event_type"),
                    json.dumps(parsed.fields),
                    json.dumps(parsed.problems),
                    key,
                    first,
                    parsed.search,
                ),
            ).lastrowid
            connection.execute(
                "UPDATE inboxes SET count = count + 1, used_at = ? WHERE name = ?",
                (request.received_at, request.inbox),
            )
            self._drop_oldest(connection)
        return Received(seq or 0, request, parsed, first)

    def inboxes(self) -> list[dict[str, Any]]:
        """Name, time of creation, how many are stored and how many were dropped; the newest inbox first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT name, created_at, count, dropped FROM inboxes ORDER BY created_at DESC, name"
            ).fetchall()
        return [dict(row) for row in rows]

    def state(self, name: str) -> dict[str, int] | None:
        """`count`, `dropped`, how many were `deleted` by hand, and `first`, the smallest number that is
        still there; None: no such inbox."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT count, dropped, deleted, coalesce("
                "(SELECT min(seq) FROM received WHERE inbox = name),"
                " (SELECT seq + 1 FROM sqlite_sequence WHERE name = 'received'), 1) AS first"
                " FROM inboxes WHERE name = ?",
                (name,),
            ).fetchone()
        return None if row is None else dict(row)

    def revision(self) -> int:
        """The highest revision ever given, in any inbox."""
        with self._database.reading() as connection:
            return int(connection.execute("SELECT revision FROM latest").fetchone()[0])

    def newest(self, name: str, wanted: Filter, *, before: int | None, limit: int) -> list[sqlite3.Row]:
        """Up to `limit` with a number below `before`, newest first, without their bodies."""
        window = "seq < :before ORDER BY seq DESC"
        before = _HIGHEST if before is None else before
        return self._listed(_SUMMARY, name, wanted, window, limit, before=before)

    def changed(self, name: str, wanted: Filter, *, after: int, to: int, limit: int) -> list[sqlite3.Row]:
        """Up to `limit` of those with a revision above `after`, up to `to`, oldest first."""
        window = "revision > :after AND revision <= :to ORDER BY revision"
        return self._listed(_SUMMARY, name, wanted, window, limit, after=after, to=to)

    def whole(self, name: str, wanted: Filter, *, after: int, limit: int) -> list[sqlite3.Row]:
        """Up to `limit` with a number above `after`, oldest first, with everything."""
        return self._listed("*", name, wanted, "seq > :after ORDER BY seq", limit, after=after)

    def event_types(self, name: str) -> list[str]:
        """Those that are there, sorted."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT DISTINCT event_type FROM received WHERE inbox = ? AND event_type IS NOT NULL"
                " ORDER BY event_type LIMIT 200",
                (name,),
            ).fetchall()
        return [row[0] for row in rows]

    def one(self, seq: int) -> sqlite3.Row | None:
        """All of one, in whichever inbox it is."""
        with self._database.reading() as connection:
            row: sqlite3.Row | None = connection.execute(
                "SELECT * FROM received WHERE seq = ?", (seq,)
            ).fetchone()
            return row

    def add_forward(self, seq: int, forward: Forward) -> None:
        """Keeps what came of forwarding it; nothing if it is gone meanwhile."""
        with self._database.transaction() as connection:
            row = connection.execute("SELECT forwards FROM received WHERE seq = ?", (seq,)).fetchone()
            if row is not None:
                forwards = [*json.loads(row["forwards"]), asdict(forward)][-_FORWARDS_KEPT:]
                connection.execute(
                    "UPDATE received SET forwards = ?, revision = ? WHERE seq = ?",
                    (json.dumps(forwards), self._next_revision(connection), seq),
                )

    def delete(self, name: str, seq: int) -> bool:
        """Forgets one; False if it is not there."""
        with self._database.transaction() as connection:
            gone = connection.execute(
                "DELETE FROM received WHERE inbox = ? AND seq = ?", (name, seq)
            ).rowcount
            connection.execute(
                "UPDATE inboxes SET count = count - ?, deleted = deleted + ? WHERE name = ?",
                (gone, gone, name),
            )
            return gone > 0

    def clear(self, name: str) -> bool:
        """Forgets what is in the inbox; False if there is none."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM received WHERE inbox = ?", (name,))
            changed = connection.execute("UPDATE inboxes SET count = 0, dropped = 0 WHERE name = ?", (name,))
            return changed.rowcount > 0

    def delete_inbox(self, name: str) -> bool:
        """Forgets the inbox and what is in it; False if there is none."""
        with self._database.transaction() as connection:
            return self._delete_inbox(connection, name)

    def _create(self, connection: sqlite3.Connection, name: str, now: float, *, by_hand: bool) -> bool:
        if connection.execute("SELECT 1 FROM inboxes WHERE name = ?", (name,)).fetchone():
            if by_hand:
                connection.execute("UPDATE inboxes SET by_hand = 1 WHERE name = ?", (name,))
            return False
        if connection.execute("SELECT count(*) FROM inboxes").fetchone()[0] >= self.limits.inboxes:
            # Anybody may make an inbox by posting to it, but not at the cost of those that somebody made.
            oldest = connection.execute(
                "SELECT name FROM inboxes ORDER BY by_hand, used_at LIMIT 1"
            ).fetchone()
            self._delete_inbox(connection, oldest["name"])
        connection.execute(
            "INSERT INTO inboxes (name, created_at, used_at, by_hand) VALUES (?, ?, ?, ?)",
            (name, now, now, by_hand),
        )
        return True

    def _delete_inbox(self, connection: sqlite3.Connection, name: str) -> bool:
        connection.execute("DELETE FROM received WHERE inbox = ?", (name,))
        return connection.execute("DELETE FROM inboxes WHERE name = ?", (name,)).rowcount > 0

    def _next_revision(self, connection: sqlite3.Connection) -> int:
        connection.execute("UPDATE latest SET revision = revision + 1")
        return int(connection.execute("SELECT revision FROM latest").fetchone()[0])

    def _drop_oldest(self, connection: sqlite3.Connection) -> None:
        count = connection.execute("SELECT sum(count) FROM inboxes").fetchone()[0]
        while count > self.limits.notifications or (count > 1 and used_bytes(connection) > self.limits.bytes):
            row = connection.execute("SELECT seq, inbox FROM received ORDER BY seq LIMIT 1").fetchone()
            connection.execute("DELETE FROM received WHERE seq = ?", (row["seq"],))
            connection.execute(
                "UPDATE inboxes SET count = count - 1, dropped = dropped + 1 WHERE name = ?", (row["inbox"],)
            )
            count -= 1

    def _listed(
        self, columns: str, name: str, wanted: Filter, window: str, limit: int, **numbers: int
    ) -> list[sqlite3.Row]:
        condition, values = wanted.sql()
        statement = f"SELECT {columns} FROM received WHERE inbox = :name{condition} AND {window} LIMIT :limit"  # noqa: S608
        with self._database.reading() as connection:
            return connection.execute(
                statement, {**values, **numbers, "name": name, "limit": limit}
            ).fetchall()
