"""The question of `apply`, on a real terminal (a pty)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from defacto_webhooks import apply as engine
from defacto_webhooks.cli import run as run_here
from tests import terminal
from tests.faulty_server import FaultyServer, stored
from tests.process import COMMAND, environment

URL = "https://hooks.example.com/"


def answer(server: FaultyServer, folder: Path, typed: bytes) -> tuple[int, str]:
    """The exit code of `apply` and what the terminal showed, `typed` once the question is there."""
    (folder / "webhooks.yaml").write_text(
        f"version: 1\nwebhooks:\n- {{name: a, to_url: '{URL}', event_types: [Loan.CLOSED]}}\n"
    )
    return terminal.answer([COMMAND, "apply"], folder, environment(server), typed)


@pytest.mark.parametrize(
    ("typed", "code", "made"),
    [(b"yes\n", 0, 1), (b"y\n", 1, 0), (b"YES\n", 1, 0), (b"\n", 1, 0), (b"\x04", 1, 0), (b"\x03", 130, 0)],
)
def test_only_yes_does_it_and_ctrl_c_ends_the_question(
    server: FaultyServer, tmp_path: Path, typed: bytes, code: int, made: int
) -> None:
    server.reset([])
    ended, shown = answer(server, tmp_path, typed)
    assert ended == code, shown
    assert len(server.account) == made
    assert len(server.log) == (4 if made else 1)  # read, read again, create, read
    if code == 1:
        assert "Declined; nothing was changed." in shown


def test_what_changed_while_the_question_was_open_stops_it(server: FaultyServer, tmp_path: Path) -> None:
    server.reset([])

    def sneak_in(account: object) -> None:
        account.put(stored("x", "other", URL + "x", "Loan.CLOSED"))  # type: ignore[attr-defined]

    real = os.write
    asked: list[bool] = []

    def write_after_change(handle: int, data: bytes) -> int:
        if not asked:
            asked.append(True)
            server.change(sneak_in)
        return real(handle, data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "write", write_after_change)
        code, shown = answer(server, tmp_path, b"yes\n")
    assert code == 1
    assert "changed after the plan was shown" in shown
    assert [row.name for row in server.account] == ["other"]


def test_a_mistake_of_ours_in_the_middle_is_never_called_unchanged(
    server: FaultyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    server.reset([])
    (tmp_path / "webhooks.yaml").write_text(
        f"version: 1\nwebhooks:\n- {{name: a, to_url: '{URL}', event_types: [Loan.CLOSED]}}\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DEFACTO_API_URL", server.url)
    monkeypatch.setenv("DEFACTO_API_KEY", server.key)
    monkeypatch.setattr(engine, "carry_out", broken)
    assert run_here(["apply", "-y"]) == 3
    assert "may have been changed" in capfd.readouterr().err
