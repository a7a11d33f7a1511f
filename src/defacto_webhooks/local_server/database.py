"""The SQLite file: opened on first use, safe with several processes on it, short transactions only."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from defacto_webhooks.errors import UserError

_BUSY_TIMEOUT_S: Final = 10.0
_JOURNAL_LIMIT: Final = 5_000_000  # bytes that the journal keeps beside the file
_OWN_FOLDER: Final = ".defacto-webhooks"  # in the user's project, often a git repository
_IGNORE_ALL: Final = "# Callback URLs are in here.\n*\n"


@dataclass(frozen=True, slots=True)
class Layout:
    """What a file holds; `application_id` tells it from other SQLite databases, `whose` is for messages."""

    application_id: int
    version: int
    schema: str
    whose: str


class Database:
    """One connection to the file at `path`, which may be shared between threads.

    Every failure of SQLite comes out as a UserError that names the file.
    """

    def __init__(self, path: Path, layout: Layout) -> None:
        self.path = path
        self._layout = layout
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    def open(self) -> None:
        """Makes the directory, the file (0600: it holds callback URLs) and the tables where they lack."""
        with self._held():
            pass

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        """A write transaction, rolled back by any exception. Never await inside: others wait for it."""
        return self._within("BEGIN IMMEDIATE", "COMMIT")

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """A connection for SELECTs, which all see one state; takes no write lock."""
        return self._within("BEGIN", "ROLLBACK")

    @contextmanager
    def _within(self, begin: str, end: str) -> Iterator[sqlite3.Connection]:
        with self._held() as connection:
            connection.execute(begin)
            try:
                yield connection
                connection.execute(end)
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _held(self) -> Iterator[sqlite3.Connection]:
        """The connection, made on first use, for one thread at a time."""
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._opened()
                yield self._connection
            except sqlite3.Error as error:
                raise self._unusable(error) from error

    def _opened(self) -> sqlite3.Connection:
        try:
            folder = self.path.parent
            folder.mkdir(parents=True, exist_ok=True)
            if folder.name == _OWN_FOLDER and not (folder / ".gitignore").exists():
                (folder / ".gitignore").write_text(_IGNORE_ALL, encoding="utf-8")
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise UserError(
                f"the local database {self.path} can't be opened: {_why(error)}",
                "choose a file in a directory you can write to",
            ) from error
        connection = sqlite3.connect(
            self.path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.row_factory = sqlite3.Row
        _use_wal(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA journal_size_limit = {_JOURNAL_LIMIT}")
        connection.execute("PRAGMA foreign_keys = ON")
        _check_whole(connection)
        connection.execute("BEGIN IMMEDIATE")  # also proves that the file can be written
        version = _pragma(connection, "user_version")
        if _pragma(connection, "application_id") == self._layout.application_id:
            if version != self._layout.version:
                raise UserError(
                    f"the local database {self.path} was made by another version of defacto-webhooks",
                    f"delete it (it only holds data of {self._layout.whose}), or choose another file",
                )
            connection.execute("COMMIT")
            return
        with closing(connection.execute("SELECT count(*) FROM sqlite_master")) as cursor:
            if cursor.fetchone()[0]:
                raise UserError(
                    f"{self.path} is the database of another program, not of {self._layout.whose}",
                    "name another file",
                )
        for statement in self._layout.schema.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {self._layout.application_id}")
        connection.execute(f"PRAGMA user_version = {self._layout.version}")
        connection.execute("COMMIT")

    def _unusable(self, error: sqlite3.Error) -> UserError:
        if "not a database" in str(error) or "malformed" in str(error):
            what = "is not a database" if "not a" in str(error) else "is damaged"
            return UserError(f"{self.path} {what}", "choose another file, or delete this one")
        return UserError(
            f"the local database {self.path} can't be used: {error}",
            "check that the file and its directory can be written, and that the disk is not full",
        )


def _why(error: OSError) -> str:
    if isinstance(error, FileExistsError | NotADirectoryError):
        return "there is a file where its folder should be"
    return (error.strerror or str(error)).lower()


def used_bytes(connection: sqlite3.Connection) -> int:
    """What the database takes on the disk, without pages that it will use again; also inside a transaction.
    The file itself is never larger than this has ever been."""
    pages = _pragma(connection, "page_count") - _pragma(connection, "freelist_count")
    return pages * _pragma(connection, "page_size")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    with closing(connection.execute(f"PRAGMA {name}")) as cursor:
        return int(cursor.fetchone()[0])


def _check_whole(connection: sqlite3.Connection) -> None:
    """Raises sqlite3.DatabaseError for damage that SQLite itself tells of only when it comes across it."""
    with closing(connection.execute("PRAGMA quick_check(1)")) as cursor:
        found = cursor.fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(f"malformed: {found}")


def _use_wal(connection: sqlite3.Connection) -> None:
    # SQLite does not wait for a lock when the journal mode changes, so two first openings at once need this.
    deadline = time.monotonic() + _BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").close()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
