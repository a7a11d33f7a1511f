"""The result stands alone on standard output, in each format, also on failure."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from defacto_webhooks.events import EVENT_TYPES
from tests.faulty_server import Call, FaultyServer, On, Status, stored
from tests.process import Ended, run

URL = "https://hooks.example.com/defacto?token=s3cr3t-v4lue"
ACCOUNT = {"DEFACTO_API_URL": "https://api.getdefacto.com"}  # and no key
FILE = f"""\
version: 1
webhooks:
- name: a
  to_url: '{URL}'
  event_types: [Loan.CLOSED]
"""
CLEAN = FILE.replace("?token=s3cr3t-v4lue", "")
BAD = """\
version: 1
webhooks:
- {name: a, to_url: 'https://h.example.com/', event_types: [Loan.CLOSE]}
- {name: a, to_url: 'https://h.example.com/', event_types: []}
"""
WARNING = """\
version: 1
webhooks:
- {name: a, to_url: 'https://h.example.com/', event_types: [Loan.CLOSED]}
- {name: b, to_url: 'https://h.example.com/', event_types: [Loan.CLOSED]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "webhooks.yaml").write_text(FILE)
    return tmp_path


def document(ended: Ended) -> Any:
    return json.loads(ended.out)


@pytest.mark.parametrize("format_", ["text", "json", "github"])
@pytest.mark.parametrize(
    ("text", "code", "strict"),
    [(CLEAN, 0, 0), (FILE, 0, 1), (WARNING, 0, 1), (BAD, 1, 1), ("webhooks: [", 1, 1)],
)
def test_validate(tmp_path: Path, text: str, code: int, strict: int, format_: str) -> None:
    (tmp_path / "webhooks.yaml").write_text(text)
    ended = run(["validate", "--format", format_], tmp_path, None, **ACCOUNT)
    assert ended.code == code
    assert run(["validate", "--format", format_, "--strict"], tmp_path, None, **ACCOUNT).code == strict
    assert "s3cr3t" not in ended.both
    if format_ == "json":
        found = document(ended)["diagnostics"]
        assert bool(found) is (text != CLEAN)
        for diagnostic in found:
            assert list(diagnostic) == ["code", "severity", "message", "hint", "file", "line", "column"]
    elif format_ == "github":
        assert all(line.startswith(("::error file=", "::warning file=")) for line in ended.out.splitlines())
    else:
        assert ("error[" in ended.out) is bool(code)


def test_validate_needs_no_variables_when_told_so(tmp_path: Path) -> None:
    text = FILE.replace("s3cr3t-v4lue", "${TOKEN}").replace("hooks.example.com", "${HOST}")
    (tmp_path / "webhooks.yaml").write_text(text)
    ended = run(["validate", "--format", "json"], tmp_path, None, **ACCOUNT)
    assert ended.code == 1
    assert {(d["code"], d["line"]) for d in document(ended)["diagnostics"]} == {("missing-variable", 4)}
    assert run(["validate", "--no-env", "--strict"], tmp_path).code == 0


@pytest.mark.parametrize("command", [["plan"], ["apply", "-y"], ["list"]])
def test_a_bad_file_is_one_document_and_all_findings(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "webhooks.yaml").write_text(BAD)
    ended = run([*command, "--format", "json"], tmp_path, None, **ACCOUNT, DEFACTO_API_KEY="k")
    assert ended.code == 1
    told = document(ended)
    codes = {diagnostic["code"] for diagnostic in told["diagnostics"]}
    assert {"unknown-event-type", "empty-event-types", "duplicate-name"} <= codes
    assert told["error"]["message"].startswith("the configuration has ")
    assert "webhooks.yaml:3:" in ended.err
    assert "did you mean 'Loan.CLOSED'?" in " ".join(ended.err.split())


@pytest.mark.parametrize(
    "command",
    [["plan", "--parallelism", "1"], ["apply", "--no"], ["validate", "--x"], ["list", "--color=no"]],
)
def test_a_wrong_option_is_1_and_a_document_too(folder: Path, command: list[str]) -> None:
    ended = run([*command, "--format=json"], folder)
    assert ended.code == 1
    assert document(ended)["error"]["message"]
    assert document(ended)["error"]["hint"] == f"`defacto-webhooks {command[0]} --help` shows its options"


def test_no_command_is_the_help_and_1(tmp_path: Path) -> None:
    ended = run([], tmp_path)
    assert ended.code == 1
    assert ended.out == run(["--help"], tmp_path).out
    assert ended.err == ""


def test_list(server: FaultyServer, folder: Path) -> None:
    server.reset([stored("2", "b", URL, "Loan.CLOSED"), stored("1", "a\x1b[31m", URL, "New.TYPE")])
    told = document(run(["list", "--format", "json"], folder, server))
    assert told["environment"] == "default"
    assert [(row["id"], row["to_url"][-9:]) for row in told["subscriptions"]] == [
        ("1", "token=***"),
        ("2", "token=***"),
    ]
    ended = run(["list"], folder, server)
    assert ended.out.endswith("\n2 subscriptions.\n")
    assert "a\\x1b[31m  1\n" in ended.out
    assert "s3cr3t" not in ended.both
    assert "s3cr3t-v4lue" in run(["list", "--reveal-secrets"], folder, server).out
    assert URL in run(["list", "--reveal-secrets", "--format", "json"], folder, server).out


def test_events_and_schema(tmp_path: Path) -> None:
    told = document(run(["events", "--format", "json"], tmp_path))
    assert [event_type["name"] for event_type in told["event_types"]] == list(EVENT_TYPES)
    text = run(["events"], tmp_path).out
    assert all(name in text for name in EVENT_TYPES)
    assert max(map(len, text.splitlines())) <= 80
    assert "properties" in document(run(["schema"], tmp_path))


def test_an_account_that_fails_leaves_what_is_known(server: FaultyServer, folder: Path) -> None:
    server.reset([], [On(Call.LIST, 1, Status(401), times=9)])
    plan = document(run(["plan", "--format", "json"], folder, server))
    assert (plan["environment"], plan["api_url"]) == ("default", server.url)
    assert "401" in plan["error"]["message"]
    server.reset([], [On(Call.LIST, 1, Status(401), times=9)])
    report = document(run(["apply", "-y", "--format", "json"], folder, server))
    assert (report["environment"], report["outcome"], report["verified"]) == ("default", "failed", False)
    assert report["results"] == []
    assert report["summary"] == {"done": 0, "failed": 0, "skipped": 0, "unknown": 0}
    assert report["requests"] == len(server.log) == 1
    assert report["error"]["hint"]


def test_one_account_that_fails_does_not_hide_the_others(server: FaultyServer, tmp_path: Path) -> None:
    (tmp_path / "webhooks.yaml").write_text(
        "version: 1\nenvironments:\n"
        f"  far: {{api_url: '{server.url}', api_key: '${{OTHER}}'}}\n"
        f"  near: {{api_url: '{server.url}', api_key: '${{KEY}}'}}\n"
        f"webhooks:\n- {{name: a, to_url: '{URL}', event_types: [Loan.CLOSED]}}\n"
    )
    variables = {"KEY": server.key, "OTHER": "another"}
    variables["DEFACTO_WEBHOOKS_ENV"] = "far"  # it does not get in the way
    server.reset([])
    arguments = ["plan", "--all-environments", "--detailed-exitcode"]
    ended = run([*arguments, "--format", "json"], tmp_path, None, **variables)
    assert ended.code == 1
    assert [plan["environment"] for plan in document(ended)["plans"]] == ["near"]
    assert document(ended)["error"]["message"].startswith("far: 127.0.0.1")
    for format_ in ("text", "markdown"):
        ended = run([*arguments, "--format", format_], tmp_path, None, **variables)
        assert ended.code == 1
        assert "1 to create" in ended.out
        assert "separate keys" in " ".join(ended.err.split())
        assert (
            format_ != "text"
            or "\n  near  1 to create; 0 unchanged.\n  far   no plan: 127.0.0.1" in ended.out
        )
    assert run(["plan", "--all-environments", "-e", "near"], tmp_path, None, **variables).code == 1


def test_a_variable_that_one_environment_lacks_does_not_hide_the_others(
    server: FaultyServer, tmp_path: Path
) -> None:
    account = f"{{api_url: '{server.url}', api_key: '${{"
    (tmp_path / "webhooks.yaml").write_text(
        f"version: 1\nenvironments:\n  unset: {account}UNSET}}'}}\n  near: {account}KEY}}'}}\n"
        f"webhooks:\n- {{name: a, to_url: '{URL}', event_types: [Loan.CLOSED]}}\n"
    )
    server.reset([])
    arguments = ["plan", "--all-environments", "--detailed-exitcode"]
    ended = run(arguments, tmp_path, None, KEY=server.key)
    assert ended.code == 1
    assert "\n  near   1 to create; 0 unchanged.\n  unset  no plan: " in ended.out
    assert "webhooks.yaml:3:" in ended.err
    assert "missing-variable" in ended.err
    ended = run([*arguments, "--format", "json"], tmp_path, None, KEY=server.key)
    assert [plan["environment"] for plan in document(ended)["plans"]] == ["near"]
    assert "missing-variable" in {found["code"] for found in document(ended)["diagnostics"]}
    ended = run(arguments, tmp_path)  # none can be planned: the same mistake is told once
    assert (ended.code, ended.err.count("missing-variable")) == (1, 2)


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("to_url", 4), ("body.to_url", 4), ("event_types[0]", 5), ("event_types.0", 5), ("/event_types/0", 5),
        ("name", 3), ("__class__", 3), ("entry", 3), ("webhook", 3),
    ],
)  # fmt: skip
def test_what_the_server_would_not_take_is_placed_in_the_file(
    server: FaultyServer, folder: Path, field: str, line: int
) -> None:
    refusal = Status(422, field=field)
    server.reset([], [On(Call.CREATE, 1, refusal, times=9)])
    ended = run(["apply", "-y"], folder, server)
    assert ended.code == 1
    assert re.search(
        rf"webhooks\.yaml:{line}:\d+: {re.escape(field)}: as scheduled", " ".join(ended.out.split())
    )
    ended = run(["apply", "-y", "--format", "json"], folder, server)
    [reason] = json.loads(ended.out)["results"][0]["reasons"]
    assert (reason["field"], reason["location"]["line"]) == (field, line)


@pytest.mark.parametrize("line", ["plam", "plan --alow x", "apply --allow", "--bogus plan", "plan -oops"])
def test_where_click_gives_up_the_output_is_still_as_it_was_asked_for(tmp_path: Path, line: str) -> None:
    ended = run([*line.split(), "--format=json", "--color", "always"], tmp_path)
    assert ended.code == 1
    assert document(ended)["error"]["message"]
    assert "\x1b[" in ended.err
