"""Files that can't be used: one clear message each."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
from contextlib import aclosing, closing
from pathlib import Path

import httpx
import pytest

from defacto_webhooks.errors import UserError
from defacto_webhooks.local_api import LocalApi
from tests.local_api.support import edit, embedded, subscribe


async def opened(db: Path) -> None:
    async with aclosing(LocalApi(db)) as api:
        api.open()


async def asked(db: Path) -> None:
    async with embedded(LocalApi(db)) as client:
        await client.get("/webhooks")


def fails(db: Path) -> str:
    """The message; the same from `open` as out of the app."""
    with pytest.raises(UserError) as at_once:
        asyncio.run(opened(db))
    with pytest.raises(UserError) as used:
        asyncio.run(asked(db))
    assert used.value.message == at_once.value.message
    assert used.value.hint
    return used.value.message


def test_nothing_is_made_before_first_use_and_the_file_is_private(db: Path) -> None:
    LocalApi(db)
    assert not db.parent.exists()
    asyncio.run(opened(db))
    assert stat.S_IMODE(db.stat().st_mode) == 0o600


def test_git_leaves_the_folder_of_a_project_alone(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    asyncio.run(opened(tmp_path / ".defacto-webhooks" / "local.db"))
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert status.stdout == ""


def test_what_is_not_a_database(tmp_path: Path) -> None:
    db = tmp_path / "notes.txt"
    db.write_text("not a database at all, but long enough to be taken for one " * 20)
    assert fails(db) == f"{db} is not a database"
    assert db.read_text().startswith("not a database at all")


@pytest.mark.parametrize("damaged", [1, 2, 10])
def test_a_database_that_is_damaged_anywhere(db: Path, damaged: int) -> None:
    asyncio.run(opened(db))
    for number in range(100):
        edit(db, "INSERT INTO subscriptions (id, content) VALUES (?, ?)", str(number), "x" * 500)
    with db.open("r+b") as file:
        file.seek(damaged * 4096)
        file.write(b"Z" * 4096)
    assert fails(db) == f"{db} is damaged"


def test_a_directory_and_a_path_through_a_file(tmp_path: Path) -> None:
    assert "can't be opened" in fails(tmp_path)
    (tmp_path / "file").touch()
    assert "can't be opened" in fails(tmp_path / "file" / "local.db")


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    db = tmp_path / "other.db"
    edit(db, "CREATE TABLE theirs (x)")
    assert "another program" in fails(db)
    with closing(sqlite3.connect(db)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
    assert tables == [("theirs",)]


def test_a_database_of_another_version(db: Path) -> None:
    asyncio.run(opened(db))
    edit(db, "PRAGMA user_version = 99")
    assert "another version" in fails(db)


async def test_a_failure_later_on_is_a_500_that_says_why(client: httpx.AsyncClient, db: Path) -> None:
    await subscribe(client, "https://example.com", "Loan.CLOSED")
    edit(db, "DROP TABLE subscriptions")
    answer = await client.get("/webhooks")
    assert answer.status_code == 500
    assert str(db) in answer.json()["detail"]


async def test_what_is_stored_outlives_the_object(db: Path) -> None:
    async with embedded(LocalApi(db)) as client:
        await subscribe(client, "https://example.com", "Loan.CLOSED")
    async with embedded(LocalApi(db)) as client:
        assert (await client.get("/webhooks")).json()["count"] == 1
