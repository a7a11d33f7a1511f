"""A saved plan, shown again: what was reviewed, to whoever has no key."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from tests.faulty_server import FaultyServer, stored
from tests.process import run

EVENT, URL = "Loan.CLOSED", "https://hooks.example.com/x?token=s3cr3t"
FILE = f"""\
version: 1
settings: {{protect: [old]}}
webhooks:
- {{name: a, to_url: "{URL}2", event_types: [{EVENT}]}}
- {{name: new, to_url: "{URL}", event_types: ["Loan.*"]}}
"""


@pytest.fixture
def folder(server: FaultyServer, tmp_path: Path) -> Path:
    (tmp_path / "webhooks.yaml").write_text(FILE)
    server.reset([stored("1", "a", URL, EVENT), stored("2", "old", "https://old.example.com/", EVENT)])
    return tmp_path


@pytest.mark.parametrize("format_", ["text", "json", "markdown"])
def test_it_is_what_plan_showed_without_a_key_or_a_server(
    server: FaultyServer, folder: Path, format_: str
) -> None:
    planned = run(["plan", "--out", "review.plan", "--format", format_], folder, server)
    assert planned.code == 0
    count = len(server.log)
    shown = run(["show", "review.plan", "--format", format_], folder)
    assert (shown.code, shown.out, shown.err) == (0, planned.out, "")
    assert "protected" in shown.out
    assert len(server.log) == count
    assert "s3cr3t" not in (folder / "review.plan").read_text()


def test_what_is_said_to_come_next_can_be_typed(server: FaultyServer, tmp_path: Path) -> None:
    (tmp_path / "our hooks").mkdir()
    (tmp_path / "our hooks/a.yaml").write_text(FILE.replace("s3cr3t", "${TOKEN}").replace("old]", "x]"))
    (tmp_path / "local.env").write_text("TOKEN=s3cr3t\n")
    options = ["-c", "our hooks", "--env-file", "local.env", "--api-url", server.url, "--var", "UNUSED=1"]
    key = server.key
    planned = run(["plan", "--out", "review.plan", *options], tmp_path, DEFACTO_API_KEY=key)
    [said] = [line for line in planned.err.splitlines() if line.startswith("Saved to review.plan.")]
    command = shlex.split(said.partition("To carry it out: ")[2])
    assert run(command[1:], tmp_path, DEFACTO_API_KEY=key).code == 0
    again = run(
        ["plan", "--out", "other.plan"],
        tmp_path,
        DEFACTO_API_KEY=key,
        DEFACTO_WEBHOOKS_CONFIG="our hooks",
        DEFACTO_WEBHOOKS_ENV_FILE="local.env",
        DEFACTO_API_URL=server.url,
    )
    assert again.err.endswith("To carry it out: defacto-webhooks apply other.plan\n")


def test_of_an_edited_file_no_character_reaches_the_terminal_as_a_command(
    server: FaultyServer, folder: Path
) -> None:
    run(["plan", "--out", "review.plan"], folder, server)
    content = json.loads((folder / "review.plan").read_text())
    for format_ in ("text", "markdown"):
        content["shown"][format_] = "\x1b[2J\x1b]0;owned\x07\u202eNo changes."
    content["plan"]["fingerprint"] = "\x1b[2J"
    (folder / "review.plan").write_text(json.dumps(content))
    for format_ in ("text", "json", "markdown"):
        shown = run(["show", "review.plan", "--format", format_], folder)
        assert shown.code == 0
        assert not {"\x1b", "\x07", "\u202e"} & set(shown.both)
    refused = run(["apply", "review.plan"], folder, server)
    assert refused.code == 1
    assert "was edited" in refused.err


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", "not JSON", '{"format": "defacto-webhooks-plan/1"}', None]
)
def test_what_is_no_plan_file_is_one_clear_error(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "review.plan").write_text(content)
    for format_ in ("text", "json"):
        ended = run(["show", "review.plan", "--format", format_], tmp_path)
        assert ended.code == 1
        assert "plan --out FILE" in " ".join(ended.both.split())
        assert "Traceback" not in ended.both
