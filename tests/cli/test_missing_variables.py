"""A variable that is not set is one finding, and an env file that has it is named."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from tests.process import run

ENTRIES = "".join(
    f"  - name: n{number}\n    to_url: https://hooks.example.com/{number}?token=${{TOKEN}}\n"
    "    event_types: [Loan.CLOSED]\n"
    for number in range(9)
)
FILE = f"""\
version: 1
environments:
  local: {{api_url: embedded}}
webhooks:
{ENTRIES}"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "webhooks.yaml").write_text(FILE)
    return tmp_path


def test_one_missing_variable_is_one_finding_with_its_places(folder: Path) -> None:
    ended = run(["validate"], folder, COLUMNS="200")
    assert ended.code == 1
    assert ended.out.count("error[missing-variable]") == 1
    places = ", ".join(f"webhooks.yaml:{6 + 3 * number}:47" for number in range(1, 6))
    assert f"      = also at {places}, and 3 more\n" in ended.out
    assert ended.err == "1 error in 9 places, 0 warnings.\n"
    found = json.loads(run(["validate", "--format", "json"], folder).out)["diagnostics"]
    assert [one["line"] for one in found] == [6 + 3 * number for number in range(9)]
    plan = run(["plan"], folder)
    assert plan.err.count("error[missing-variable]") == 1
    assert "Error: the configuration has 1 error in 9 places; nothing was changed" in plan.err


def test_two_variables_are_two_findings_and_so_is_an_event_type(folder: Path) -> None:
    file = folder / "webhooks.yaml"
    text = file.read_text().replace("/3?token=${TOKEN}", "/3?token=${OTHER}")
    file.write_text(text.replace("Loan.CLOSED", "Loan.CLOZED", 2))
    ended = run(["validate"], folder)
    assert ended.out.count("error[") == 3
    assert ended.err == "3 errors in 11 places, 0 warnings.\n"
    file.write_text(FILE.replace("${TOKEN}", "${TOKEN:-x}").replace("CLOSED", "OVERDUE"))
    ended = run(["validate"], folder)
    assert ended.out.count("warning[retired-event-type]") == 1
    assert ended.err == "Valid: 9 subscriptions for local, 1 warning in 9 places.\n"


def test_many_variables_are_a_line_each(tmp_path: Path) -> None:
    entries = ENTRIES
    for number in range(9):
        entries = entries.replace("${TOKEN}", f"${{TOKEN_{number}}}", 1)
    (tmp_path / "webhooks.yaml").write_text(FILE.replace(ENTRIES, entries.replace("CLOSED", "CLOZED", 1)))
    ended = run(["validate"], tmp_path, COLUMNS="200")
    for number in range(9):
        assert f"error[missing-variable]: the variable TOKEN_{number} is not set" in ended.out
    assert ended.out.count("export TOKEN_") == 3
    assert len(ended.out.splitlines()) == 4 * 4 + 6, "the event type and three variables with their lines"
    assert ended.err == "10 errors, 0 warnings.\n"


@pytest.mark.parametrize(
    ("where", "arguments", "named"),
    [
        (".env", ["validate"], ".env"),
        (".env", ["plan"], ".env"),
        (".env", ["doctor"], ".env"),
        (".env", ["plan", "-c", "hooks"], ".env"),
        ("hooks/.env", ["plan", "-c", "hooks"], "hooks/.env"),
        ("hooks/.env", ["validate", "-c", "hooks/a b/webhooks.yaml", "-c", "hooks/x.yaml"], "hooks/.env"),
        ("hooks/a b/.env", ["plan", "-c", "hooks/a b/webhooks.yaml"], "'hooks/a b/.env'"),
    ],
)
def test_an_env_file_that_has_it_is_named(folder: Path, where: str, arguments: list[str], named: str) -> None:
    for place in ("hooks/x.yaml", "hooks/a b/webhooks.yaml"):
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
    (folder / "hooks/x.yaml").write_text(FILE if "hooks" in arguments else "version: 1\nwebhooks: []\n")
    (folder / "hooks/a b/webhooks.yaml").write_text(FILE)
    (folder / where).write_text("TOKEN=s3cr3t\n")
    ended = run(arguments, folder, COLUMNS="300")
    assert ended.code == 1
    assert f"add `--env-file {named}`" in ended.both
    assert "s3cr3t" not in ended.both
    again = run([*arguments, "--env-file", where], folder)
    assert again.code == 0, again.both
    assert "--env-file" not in again.both


@pytest.mark.parametrize("content", ["OTHER=1\n", "not an env file\n", "TOKEN=\n", None])
def test_one_that_does_not_help_is_not(folder: Path, content: str | None) -> None:
    if content is None:
        (folder / ".env").mkdir()
    else:
        (folder / ".env").write_text(content)
    assert "add `--env-file .env`" not in run(["plan"], folder, COLUMNS="300").both


def test_a_key_that_is_missing_without_environments(tmp_path: Path) -> None:
    (tmp_path / "webhooks.yaml").write_text("version: 1\nwebhooks: []\n")
    (tmp_path / ".env").write_text("DEFACTO_API_KEY=s3cr3t-key\n")
    ended = run(["plan"], tmp_path, COLUMNS="300", DEFACTO_API_URL="https://api.getdefacto.com")
    assert ended.code == 1
    assert "Error: DEFACTO_API_KEY is not set" in ended.err
    assert "add `--env-file .env`" in ended.err


def test_a_key_is_no_value_for_var(tmp_path: Path) -> None:
    (tmp_path / "webhooks.yaml").write_text(
        "version: 1\nenvironments:\n"
        "  production: {api_url: 'https://${HOST}.getdefacto.com', api_key: '${PREFIX}${KEY}'}\n"
        "webhooks: []\n"
    )
    ended = run(["plan"], tmp_path, COLUMNS="300")
    assert ended.code == 1
    for variable in ("HOST", "PREFIX", "KEY"):
        assert f"export {variable}, or put it in an --env-file" in ended.both
    assert ended.both.count("--var") == ended.both.count("pass --var HOST=VALUE") == 1


def test_what_is_missing_in_another_environment_is_found_offline_where_that_is_asked_for(
    tmp_path: Path,
) -> None:
    (tmp_path / "webhooks.yaml").write_text(
        "version: 1\ndefault_environment: local\nenvironments:\n  local: {api_url: embedded}\n"
        "  production: {api_url: 'https://api.getdefacto.com', api_key: '${KEY}'}\nwebhooks:\n"
        "- {name: a, to_url: 'https://h.example/?t=${FAR}', event_types: ['*'], environments: [production]}\n"
    )
    ended = run(["validate"], tmp_path)
    assert ended.code == 0
    assert "Not checked: whether the variables of production are set; -e production does that." in ended.err
    ended = run(["validate", "-e", "production"], tmp_path)
    assert ended.code == 1
    assert "the variable FAR is not set" in ended.out
    ended = run(["validate", "-e", "production"], tmp_path, None, FAR="t0ken")  # the key is not needed
    assert (ended.code, "Not checked: whether the variables of local" in ended.err) == (0, True)
    assert "Not checked" not in run(["validate", "--no-env"], tmp_path).both


def test_a_pipe_as_env_file_is_read_once(folder: Path) -> None:
    """There is no telling what another file would add to it, and to read it again would wait for ever."""
    (folder / ".env").write_text("OTHER=x\n")
    os.mkfifo(folder / "pipe")
    writer = threading.Thread(target=(folder / "pipe").write_text, args=["OTHER=y\n"])
    writer.start()
    ended = run(["validate", "--env-file", "pipe"], folder)
    writer.join()
    assert ended.code == 1
    assert "missing-variable" in ended.out
    assert ".env" not in ended.both
