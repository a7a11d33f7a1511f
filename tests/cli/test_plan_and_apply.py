"""plan and apply as a user runs them, against an account on a real socket."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.faulty_server import Call, Fault, FaultyServer, Html, On, Reset, Status, Stored, stored
from tests.process import Ended, run, shell

URL = "https://hooks.example.com/defacto?token=s3cr3t-v4lue"
EVENT = "Loan.CLOSED"
# Those that go are nobody's copies, or they would be renames that were begun.
GUARD_ROWS = [stored(str(n), f"n{n}", URL if n < 6 else f"{URL}{n}", EVENT) for n in range(10)]


def write(folder: Path, names: list[str], settings: str = "{}", url: str = URL) -> None:
    entries = [f"- {{name: {name}, to_url: '{url}', event_types: [{EVENT}]}}" for name in names]
    head = ["version: 1", f"settings: {settings}", "webhooks:"]
    (folder / "webhooks.yaml").write_text("\n".join([*head, *entries]) if entries else "\n".join(head[:2]))


def rows(*names: str) -> list[Stored]:
    return [stored(f"{number}", name, URL, EVENT) for number, name in enumerate(names)]


def document(ended: Ended) -> Any:
    return json.loads(ended.out)


def test_exit_codes_of_plan(server: FaultyServer, tmp_path: Path) -> None:
    write(tmp_path, ["a"])
    server.reset([])
    assert run(["plan"], tmp_path, server).code == 0
    assert run(["plan", "--detailed-exitcode"], tmp_path, server).code == 2
    server.reset(rows("a"))
    ended = run(["plan", "--detailed-exitcode"], tmp_path, server)
    assert ended.code == 0
    assert "No changes" in ended.out
    assert run(["plan", "--no-such-option"], tmp_path, server).code == 1
    assert run(["plan", "--format", "yaml"], tmp_path, server).code == 1
    assert run(["no-such-command"], tmp_path, server).code == 1


def test_a_plan_as_json_is_what_the_contract_says(server: FaultyServer, tmp_path: Path) -> None:
    write(tmp_path, ["a", "b"], settings="{scope: {ignore: ['manual-*']}}")
    old = stored("7", "a", URL.replace("v4lue", "other"), EVENT, "Loan.TO_REPAY")
    server.reset([old, *rows("manual-x")])
    plan = document(run(["plan", "--format", "json"], tmp_path, server))
    assert plan["format_version"] == "1.0"
    assert plan["environment"] == "default"
    assert plan["api_url"] == server.url
    assert plan["summary"] == {
        "create": 1,
        "replace": 1,
        "update": 0,
        "delete": 0,
        "unchanged": 0,
        "ignored": 1,
    }
    replace, create = plan["changes"]
    masked = "https://hooks.example.com/defacto?token=***"
    assert replace == {
        "action": "replace",
        "name": "a",
        "ids": ["7"],
        "reason": "to_url differs, event_types differ",
        "before": {"name": "a", "to_url": masked, "event_types": [EVENT, "Loan.TO_REPAY"]},
        "after": {"name": "a", "to_url": masked, "event_types": [EVENT]},
        "fields": {
            "event_types": {"added": [], "removed": ["Loan.TO_REPAY"]},
            "to_url": {"before": masked, "after": masked, "secret_changed": True},
        },
        "location": {"file": "webhooks.yaml", "line": 4, "column": 3},
    }
    assert create["action"] == "create"
    assert create["before"] is None
    assert plan["coverage"] == {"gained": [], "lost": ["Loan.TO_REPAY"]}
    assert plan["ignored"][0]["name"] == "manual-x"
    assert len(plan["warnings"]) == 1


@pytest.mark.parametrize("format_", ["text", "json", "markdown"])
def test_no_format_shows_a_secret(server: FaultyServer, tmp_path: Path, format_: str) -> None:
    write(tmp_path, ["a"])
    server.reset([stored("7", "a", URL.replace("v4lue", "0ther"), EVENT), *rows("b")])
    for command in (["plan"], ["apply", "-y"]):
        ended = run([*command, "--format", format_], tmp_path, server)
        assert ended.code == 0
        assert "s3cr3t" not in ended.both
        assert server.key not in ended.both
        assert "token=" in ended.both or command[0] == "apply"


def test_apply_asks_and_takes_only_yes(server: FaultyServer, tmp_path: Path) -> None:
    """Without a terminal it does not even ask."""
    write(tmp_path, ["a"])
    server.reset([])
    ended = run(["apply"], tmp_path, server, stdin="yes\n")
    assert ended.code == 1
    assert "no terminal" in ended.err
    assert len(server.history) == 1


def test_apply_with_nothing_to_do_needs_no_approval_and_one_read(
    server: FaultyServer, tmp_path: Path
) -> None:
    write(tmp_path, ["a"])
    server.reset(rows("a"))
    report = document(run(["apply", "--format", "json"], tmp_path, server))
    assert report["outcome"] == "no_changes"
    assert report["verified"] is True
    assert report["requests"] == 1 == len(server.log)


@pytest.mark.parametrize(
    ("account", "wanted", "settings", "code", "override"),
    [
        (rows("a", "b"), [], "{}", "delete-all", "--allow delete-all"),
        (GUARD_ROWS, [f"n{n}" for n in range(6)], "{}", "mass-delete", "--allow mass-delete"),
        ([stored("1", "a", URL, EVENT, "Payment.PAID")], ["a"], "{}", "lost-events", "--allow lost-events"),
        (rows("a", "billing-x"), ["a"], "{protect: ['billing-*']}", "protected", None),
    ],
)
def test_guards_refuse_with_their_override(
    server: FaultyServer,
    tmp_path: Path,
    account: list[Stored],
    wanted: list[str],
    settings: str,
    code: str,
    override: str | None,
) -> None:
    write(tmp_path, wanted, settings)
    server.reset(account)
    plan = document(run(["plan", "--format", "json"], tmp_path, server))
    assert (code, override) in [(guard["code"], guard["override"]) for guard in plan["guards"]]
    ended = run(["apply", "-y", "--format", "json"], tmp_path, server)
    assert ended.code == 1
    assert code in document(ended)["error"]["message"]
    assert len(server.history) == 1
    ended = run(["apply", "-y", "--allow", code], tmp_path, server)
    assert ended.code == (0 if override else 1)


def test_a_plan_file_is_the_approval_for_what_it_shows(server: FaultyServer, tmp_path: Path) -> None:
    write(tmp_path, ["a", "b"])
    server.reset([stored("1", "old", URL, "Payment.PAID")])
    assert run(["plan", "--out", "review.plan"], tmp_path, server).code == 0
    text = (tmp_path / "review.plan").read_text()
    assert "s3cr3t" not in text
    assert server.key not in text
    assert run(["apply", "review.plan"], tmp_path, server).code == 1  # the guard still needs its word
    assert run(["apply", "review.plan", "--allow", "delete-all"], tmp_path, server).code == 0
    assert sorted(row.name for row in server.account) == ["a", "b"]
    again = run(["apply", "review.plan"], tmp_path, server)
    assert again.code == 0  # nothing left to do is success
    assert "Nothing to do" in again.out


def test_a_plan_file_is_refused_when_a_step_was_not_in_it(server: FaultyServer, tmp_path: Path) -> None:
    write(tmp_path, ["a"])
    server.reset([])
    run(["plan", "--out", "review.plan"], tmp_path, server)
    good = (tmp_path / "review.plan").read_text()

    write(tmp_path, ["a", "sneaked-in"])
    ended = run(["apply", "review.plan"], tmp_path, server)
    assert ended.code == 1
    assert "create sneaked-in" in ended.err

    write(tmp_path, ["a"], url=URL.replace("v4lue", "another"))
    assert run(["apply", "review.plan"], tmp_path, server).code == 1

    write(tmp_path, ["a"])
    (tmp_path / "review.plan").write_text(good.replace('"create": 1', '"create": 2'))
    ended = run(["apply", "review.plan"], tmp_path, server)
    assert ended.code == 1
    assert "edited" in ended.err

    for bad in ("", "{}", "[" * 100_000, '{"format": 1}'):
        (tmp_path / "review.plan").write_text(bad)
        assert run(["apply", "review.plan"], tmp_path, server).code == 1
    assert len(server.history) == 1

    (tmp_path / "review.plan").write_text(good)
    other = server.key
    server.reset([], key="the-key-of-another-account")
    ended = run(["apply", "review.plan"], tmp_path, server)
    assert ended.code == 1
    server.reset([], key=other)
    assert run(["apply", "review.plan"], tmp_path, server).code == 0


def test_an_interrupted_apply_resumes_from_its_plan_file(server: FaultyServer, tmp_path: Path) -> None:
    write(tmp_path, ["a", "b"], url=URL.replace("v4lue", "new"))
    server.reset(rows("a", "b"))
    run(["plan", "--out", "review.plan"], tmp_path, server)
    server.reset(rows("a", "b"), [On(Call.DELETE, 1, Status(403), times=9)])
    ended = run(["apply", "review.plan"], tmp_path, server)
    assert ended.code == 3
    assert "Fingerprint of what is left" in ended.out
    assert len(server.account) == 4
    server.reset(server.account)
    assert run(["apply", "review.plan"], tmp_path, server).code == 0
    assert len(server.account) == 2


def test_a_plan_file_for_an_environment_that_is_called_default(server: FaultyServer, tmp_path: Path) -> None:
    (tmp_path / "webhooks.yaml").write_text(
        "version: 1\ndefault_environment: other\nenvironments:\n  other: {api_url: embedded}\n"
        f"  default: {{api_url: '{server.url}', api_key: '${{DEFACTO_API_KEY}}'}}\n"
        f"webhooks:\n- {{name: a, to_url: '{URL}', event_types: [{EVENT}]}}\n"
    )
    server.reset([])
    assert run(["plan", "-e", "default", "--out", "p"], tmp_path, server).code == 0
    assert run(["apply", "p"], tmp_path, server).code == 0
    assert [row.name for row in server.account] == ["a"]


def test_expect_binds_an_apply_to_a_fingerprint(server: FaultyServer, tmp_path: Path) -> None:
    write(tmp_path, ["a"])
    server.reset([])
    fingerprint = document(run(["plan", "--format", "json"], tmp_path, server))["fingerprint"]
    write(tmp_path, ["a", "b"])
    ended = run(["apply", "-y", "--expect", fingerprint], tmp_path, server)
    assert ended.code == 1
    assert fingerprint in ended.err
    assert len(server.history) == 1
    write(tmp_path, ["a"])
    assert run(["apply", "-y", "--expect", fingerprint], tmp_path, server).code == 0
    assert run(["apply", "-y", "--expect", fingerprint], tmp_path, server).code == 0


def test_targets(server: FaultyServer, tmp_path: Path) -> None:
    write(tmp_path, ["a", "b", "c1", "c2"])
    server.reset([*rows("old"), stored("9", "other", URL, "Loan.CLOSED")])
    assert run(["apply", "-y", "--target", "c*", "--target", "a"], tmp_path, server).code == 0
    # `old` is what `a` was called before; the whole rename is taken.
    assert sorted(row.name for row in server.account) == ["a", "c1", "c2", "other"]
    ended = run(["plan", "--target", "nobody"], tmp_path, server)
    assert ended.code == 1
    assert "nobody" in ended.err


@pytest.mark.parametrize(
    ("fault", "words", "format_"),
    [
        (Status(401), ["DEFACTO_API_KEY", "separate keys", "'default'"], "text"),
        (Status(401), ["separate keys"], "json"),
        (Html(), ["not JSON"], "json"),
        (Status(503, html=True), ["503"], "text"),
        (Reset(), ["broke"], "json"),
    ],
)
def test_a_failing_account_is_one_clear_message(
    server: FaultyServer, tmp_path: Path, fault: Fault, words: list[str], format_: str
) -> None:
    write(tmp_path, ["a"])
    server.reset([], [On(Call.LIST, 1, fault, times=9)])
    ended = run(["plan", "--format", format_], tmp_path, server)
    assert ended.code == 1
    for word in words:
        assert word in " ".join(ended.err.split())
    if format_ == "json":
        assert document(ended)["error"]["message"]
    else:
        assert ended.out == ""


def test_what_the_server_says_about_a_field_is_placed_in_the_file(
    server: FaultyServer, tmp_path: Path
) -> None:
    write(tmp_path, ["a"])
    server.reset([], [On(Call.CREATE, 1, Status(422, echo=True), times=9)])
    ended = run(["apply", "-y"], tmp_path, server)
    assert ended.code == 1
    assert "webhooks.yaml:4:21: to_url: " in ended.out
    assert "s3cr3t" not in ended.both
    assert server.key not in ended.both


def test_an_unreachable_host_and_a_missing_file(tmp_path: Path) -> None:
    ended = run(["plan"], tmp_path)
    assert ended.code == 1
    assert "webhooks.yaml does not exist" in ended.err
    write(tmp_path, ["a"])
    ended = run(["plan"], tmp_path, DEFACTO_API_URL="http://127.0.0.1:9", DEFACTO_API_KEY="k")
    assert ended.code == 1
    assert "can't reach 127.0.0.1:9" in ended.err
    ended = run(["plan"], tmp_path, DEFACTO_API_URL="http://hooks.example.com", DEFACTO_API_KEY="k")
    assert ended.code == 1
    assert "https://" in ended.err


def test_all_environments(server: FaultyServer, tmp_path: Path) -> None:
    (tmp_path / "webhooks.yaml").write_text(
        "version: 1\nenvironments:\n"
        f"  one: {{api_url: '{server.url}', api_key: '${{KEY}}'}}\n  two: {{api_url: embedded}}\n"
        f"webhooks:\n- {{name: a, to_url: '{URL}', event_types: [{EVENT}]}}\n"
    )
    server.reset(rows("a"))
    arguments = ["plan", "--all-environments", "--detailed-exitcode", "--format", "json"]
    ended = run(arguments, tmp_path, KEY=server.key)
    assert ended.code == 2
    plans = document(ended)["plans"]
    assert [plan["environment"] for plan in plans] == ["one", "two"]
    assert [plan["summary"]["create"] for plan in plans] == [0, 1]
    assert run(["plan"], tmp_path).code == 1  # several, and none is the default
    assert run(["plan", "-e", "tow"], tmp_path).code == 1


def test_targets_are_those_of_all_environments_together(server: FaultyServer, tmp_path: Path) -> None:
    account = f"{{api_url: '{server.url}', api_key: '${{"
    (tmp_path / "webhooks.yaml").write_text(
        f"version: 1\nenvironments:\n  far: {account}KEY}}'}}\n  near: {{api_url: embedded}}\nwebhooks:\n"
        f"- {{name: only-far, to_url: '{URL}&far=1', event_types: [{EVENT}], environments: [far]}}\n"
        f"- {{name: only-near, to_url: '{URL}', event_types: [{EVENT}], environments: [near]}}\n"
    )
    server.reset(rows("by-hand"))
    arguments = ["plan", "--all-environments", "--detailed-exitcode", "--format", "json"]

    def steps(*targets: str) -> list[list[str]]:
        options = [word for target in targets for word in ("--target", target)]
        ended = run([*arguments, *options], tmp_path, KEY=server.key)
        plans = document(ended)["plans"]
        assert ended.code == (2 if any(plan["changes"] for plan in plans) else 0)
        return [[change["name"] for change in plan["changes"]] for plan in plans]

    assert steps("only-far") == [["only-far"], []]
    assert steps("only-n*") == [[], ["only-near"]]
    assert steps("only-near", "only-far") == [["only-far"], ["only-near"]]
    assert steps("by-*") == [["by-hand"], []]  # which only one of the accounts has

    for targets in (["typo"], ["only-far", "typo"]):
        options = [word for target in targets for word in ("--target", target)]
        ended = run([*arguments, *options], tmp_path, KEY=server.key)
        assert ended.code == 1
        assert document(ended)["error"]["message"].startswith("--target typo: neither the file nor")
    ended = run([*arguments, "--target", "only-far"], tmp_path, KEY="another")  # it may be there
    assert ended.code == 1
    assert document(ended)["error"]["message"].startswith("far: ")
    assert run(["plan", "-e", "near", "--target", "only-far"], tmp_path).code == 1


def test_embedded_from_plan_to_no_changes(tmp_path: Path) -> None:
    (tmp_path / "webhooks.yaml").write_text(
        "version: 1\nenvironments: {local: {api_url: embedded}}\n"
        f"webhooks:\n- {{name: a, to_url: '{URL}', event_types: ['Loan.*']}}\n"
    )
    assert run(["plan", "--detailed-exitcode"], tmp_path).code == 2
    ended = run(["apply", "-y"], tmp_path)
    assert ended.code == 0
    assert "verified" in ended.out
    assert run(["plan", "--detailed-exitcode"], tmp_path).code == 0
    listed = run(["list"], tmp_path)
    assert "token=***" in listed.out
    assert "s3cr3t" in run(["list", "--reveal-secrets"], tmp_path).out


@pytest.mark.parametrize("format_", ["text", "json"])
def test_a_result_that_can_not_be_written(server: FaultyServer, tmp_path: Path, format_: str) -> None:
    """A full disk is one message; an apply's exit code still says what was done. A closed pipe is nothing."""
    write(tmp_path, ["a"])
    server.reset([])
    for command, code in ((["plan"], 1), (["apply", "-y"], 0)):
        script = f'"$0" {" ".join(command)} --format {format_} > /dev/full'
        ended = shell(script, tmp_path, server, is_forked=True)
        assert ended.code == code
        assert "no space left" in ended.err
    piped = f'set -o pipefail; "$0" plan --format {format_} | true'
    ended = shell(piped, tmp_path, server, is_forked=True)
    assert ended.code == 0
    assert "Error" not in ended.err
