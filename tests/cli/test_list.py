"""The account as it is: with a file, which says what of a URL is harmless, and without one."""

from __future__ import annotations

from pathlib import Path

from tests.faulty_server import FaultyServer, stored
from tests.process import run

FILE = """\
version: 1
webhooks:
- {name: a, to_url: "https://hooks.example.com/Team7/in?token=${TOKEN}", event_types: [Loan.CLOSED]}
"""


def test_the_account_is_shown_with_a_file_and_without(server: FaultyServer, tmp_path: Path) -> None:
    server.reset([stored("1", "a", "https://hooks.example.com/Team7/in?token=s3cr3t-v4lue", "Loan.CLOSED")])
    ended = run(["list"], tmp_path, server)
    assert (ended.code, ended.err) == (0, "")
    assert "https://hooks.example.com/***/in?token=***" in ended.out
    (tmp_path / "webhooks.yaml").write_text(FILE)
    ended = run(["list"], tmp_path, server, TOKEN="x")
    assert "https://hooks.example.com/Team7/in?token=***" in ended.out
    assert run(["list"], tmp_path, server).code == 1  # what came from the variable could not be told apart
