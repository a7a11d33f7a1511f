"""Through the installed command: a plan says all that its apply does, and an apply does no more than that."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.faulty_server import (
    Call,
    Fault,
    FaultyServer,
    Html,
    LyingCount,
    On,
    Reset,
    Status,
    Stored,
    When,
    stored,
)
from tests.process import Ended, run, start

URL = "https://hooks.example.com/x"
EVENTS = ("Loan.CLOSED", "Loan.TO_REPAY", "Payment.PAID")


def want(folder: Path, *names: str, settings: str = "{}", url: str = URL, events: str = EVENTS[0]) -> None:
    entries = [f"- {{name: {name}, to_url: '{url}', event_types: [{events}]}}" for name in names]
    listed = ["webhooks:", *entries] if entries else ["webhooks: []"]
    (folder / "webhooks.yaml").write_text("\n".join(["version: 1", f"settings: {settings}", *listed]))


def has(*names: str, url: str = URL, events: tuple[str, ...] = EVENTS[:1]) -> list[Stored]:
    return [stored(f"{number}", name, url, *events) for number, name in enumerate(names, 1)]


def names(server: FaultyServer) -> list[str]:
    return sorted(row.name for row in server.account)


def document(ended: Ended) -> Any:
    return json.loads(ended.out)


def plan(folder: Path, server: FaultyServer, *options: str) -> Any:
    ended = run(["plan", "--format", "json", *options], folder, server)
    assert ended.code == 0, ended
    return document(ended)


@pytest.mark.parametrize("target", ["new", "old"])
def test_either_name_of_a_rename_takes_the_whole_of_it(
    server: FaultyServer, tmp_path: Path, target: str
) -> None:
    want(tmp_path, "new")
    server.reset(has("old"))
    [change] = plan(tmp_path, server, "--target", target)["changes"]
    assert (change["action"], change["before"]["name"], change["name"]) == ("replace", "old", "new")
    ended = run(["apply", "-y", "--target", target], tmp_path, server)
    assert ended.code == 0
    assert "Done and verified: 1 change made" in ended.out
    assert names(server) == ["new"]


@pytest.mark.parametrize("count", [3, 10])
@pytest.mark.parametrize("from_a_file", [False, True])
def test_renames_that_were_broken_off_are_finished_without_a_guard(
    server: FaultyServer, tmp_path: Path, count: int, from_a_file: bool
) -> None:
    old, new = ([f"{what}{number}" for number in range(count)] for what in ("old", "new"))
    want(tmp_path, *new)
    server.reset(has(*old), [On(Call.DELETE, 1, Status(500), times=999)])
    assert run(["plan", "--out", "review.plan"], tmp_path, server).code == 0
    how = ["review.plan"] if from_a_file else ["-y"]
    assert run(["apply", *how], tmp_path, server).code == 3
    assert len(server.account) == 2 * count
    server.reset(server.account)
    assert plan(tmp_path, server)["guards"] == []
    assert run(["apply", *how], tmp_path, server).code == 0
    assert names(server) == sorted(new)


@pytest.mark.parametrize("update", ["replace", "patch"])
@pytest.mark.parametrize("target", ["old", "n1", "*"])
def test_a_rename_that_was_broken_off_is_told_from_one_that_was_not_approved(
    server: FaultyServer, tmp_path: Path, target: str, update: str
) -> None:
    """The file has two entries of its content: the one that is not there yet was no part of it."""
    want(tmp_path, "n1", "n2", settings=f"{{update: {update}}}")
    server.reset(has("old"), [On(call, 1, Status(500), times=999) for call in (Call.DELETE, Call.PATCH)])
    options = ["--target", target] if target != "*" else []
    assert run(["plan", "--out", "review.plan", *options], tmp_path, server).code == 0
    assert run(["apply", "review.plan"], tmp_path, server).code == 3
    server.reset(server.account)
    ended = run(["apply", "review.plan"], tmp_path, server)
    assert ended.code == 0, ended
    assert names(server) == (["n1"] if options else ["n1", "n2"])


@pytest.mark.parametrize("other", [f"{URL}?token=another", f"{URL}/y", URL])
def test_twins_that_differ_are_shown_warned_of_and_protected(
    server: FaultyServer, tmp_path: Path, other: str
) -> None:
    """By their token, their path, or their event types."""
    want(tmp_path, "billing", settings="{protect: [billing]}")
    twin = stored("2", "billing", other, *(EVENTS[1:] if other == URL else EVENTS[:1]))
    server.reset([*has("billing"), twin])
    planned = plan(tmp_path, server)
    [change] = planned["changes"]
    assert (change["action"], change["ids"]) == ("delete", ["2"])
    assert list(change["fields"]) == ["event_types" if other == URL else "to_url"]
    assert any("2" in warning and "differs" in warning for warning in planned["warnings"])
    assert "protected" in [guard["code"] for guard in planned["guards"]]
    text = run(["plan"], tmp_path, server)
    assert "token=another" not in text.both
    assert run(["apply", "-y"], tmp_path, server).code == 1
    assert len(server.account) == 2


def test_a_copy_is_no_delete_to_protect(server: FaultyServer, tmp_path: Path) -> None:
    want(tmp_path, "billing", settings="{protect: [billing], prune: false}")
    server.reset(has("billing", "billing"))
    planned = plan(tmp_path, server)
    assert (planned["guards"], planned["warnings"]) == ([], [])
    assert run(["apply", "-y"], tmp_path, server).code == 0
    assert [row.id for row in server.account] == ["1"]


def test_an_emptied_file_of_one_team_is_refused(server: FaultyServer, tmp_path: Path) -> None:
    folder = tmp_path / "teams"
    folder.mkdir()
    for team, events in (("a", EVENTS[0]), ("b", EVENTS[1])):
        (folder / f"{team}.yaml").write_text(
            f"version: 1\nwebhooks:\n- {{name: {team}, to_url: '{URL}', event_types: [{events}]}}\n"
        )
    server.reset([*has("a"), stored("9", "b", URL, EVENTS[1])])
    assert plan(tmp_path, server, "-c", "teams")["changes"] == []
    (folder / "b.yaml").write_text("version: 1\nwebhooks: []\n")
    ended = run(["apply", "-y", "-c", "teams"], tmp_path, server)
    assert ended.code == 1
    assert "--allow lost-events" in ended.err
    assert EVENTS[1] in ended.err
    assert names(server) == ["a", "b"]
    assert run(["apply", "-y", "-c", "teams", "--allow", "lost-events"], tmp_path, server).code == 0


@pytest.mark.parametrize(
    ("settings", "gone", "guards"),
    [
        ("{max_delete_percent: 0}", 1, ["mass-delete"]),
        ("{}", 2, []),
        ("{}", 3, ["mass-delete"]),
        ("{max_delete_percent: 60}", 3, []),
    ],
)
def test_deletes_are_counted_from_three_names_on(
    server: FaultyServer, tmp_path: Path, settings: str, gone: int, guards: list[str]
) -> None:
    want(tmp_path, *(f"n{number}" for number in range(6 - gone)), settings=settings)
    goes = [stored(f"9{number}", f"goes{number}", f"{URL}/{number}", EVENTS[0]) for number in range(gone)]
    server.reset([*has(*(f"n{number}" for number in range(6 - gone))), *goes])
    assert [guard["code"] for guard in plan(tmp_path, server)["guards"]] == guards
    assert run(["apply", "-y"], tmp_path, server).code == (1 if guards else 0)


def test_what_nobody_watches_is_no_loss(server: FaultyServer, tmp_path: Path) -> None:
    want(tmp_path, "a", settings="{unwatched: ['Payment.*']}")
    server.reset(has("a", events=(EVENTS[0], EVENTS[2])))
    planned = plan(tmp_path, server)
    assert (planned["coverage"]["lost"], planned["guards"]) == ([], [])


def test_a_late_copy_does_not_stop_an_apply_that_is_resumed(server: FaultyServer, tmp_path: Path) -> None:
    want(tmp_path, "a")
    server.reset(has("a", url=f"{URL}/old"))
    run(["plan", "--out", "review.plan"], tmp_path, server)
    server.reset([*server.account, stored("7", "a", URL, EVENTS[0]), stored("8", "a", URL, EVENTS[0])])
    ended = run(["apply", "review.plan"], tmp_path, server)
    assert ended.code == 0, ended
    assert [row.id for row in server.account] == ["7"]


def test_a_plan_file_of_a_file_without_environments_is_for_no_named_one(
    server: FaultyServer, tmp_path: Path
) -> None:
    want(tmp_path, "a")
    server.reset(has("b", url=f"{URL}/b"))
    assert run(["plan", "--out", "review.plan"], tmp_path, server).code == 0
    text = (tmp_path / "webhooks.yaml").read_text()
    for name in ("default", "production"):
        declared = f"environments: {{{name}: {{api_url: '{server.url}', api_key: '${{DEFACTO_API_KEY}}'}}}}"
        (tmp_path / "webhooks.yaml").write_text(f"{text}\n{declared}\n")
        ended = run(["apply", "review.plan", "--allow", "lost-events"], tmp_path, server)
        assert ended.code == 1
        assert "environment" in ended.err
        assert names(server) == ["b"]


def test_a_plan_file_into_a_pipe_that_nobody_reads(tmp_path: Path, server: FaultyServer) -> None:
    want(tmp_path, "a")
    server.reset()
    os.mkfifo(tmp_path / "review.plan")
    ended = start(["plan", "--out", "review.plan"], tmp_path, server).ended()
    assert ended.code == 1
    assert "review.plan" in ended.err


def test_the_headline_counts_what_is_half_made_and_what_is_unknown(
    server: FaultyServer, tmp_path: Path
) -> None:
    want(tmp_path, "a", "b", url=f"{URL}/new")
    server.reset(has("a", "b"), [On(Call.DELETE, 1, Status(403)), On(Call.DELETE, 2, Reset(), times=99)])
    ended = run(["apply", "-y", "--parallelism", "1"], tmp_path, server)
    assert ended.code == 3
    assert "Not finished: 0 changes made, 1 failed, 1 unknown; 2 of these are half done." in ended.out
    server.reset(
        has("a"), [On(Call.CREATE, 1, Reset(when=When.AFTER)), On(Call.LIST, 3, Status(401), times=9)]
    )
    ended = run(["apply", "-y", "--format", "json"], tmp_path, server)
    report = document(ended)
    assert ended.code == 3
    assert report["summary"]["done"] == sum(row["status"] == "done" for row in report["results"])
    assert not report["verified"]


@pytest.mark.parametrize("fault", [LyingCount(), Status(401), Status(503), Reset(), Html()])
@pytest.mark.parametrize("format_", ["text", "json"])
def test_an_apply_that_can_not_read_says_that_nothing_was_changed(
    server: FaultyServer, tmp_path: Path, fault: Fault, format_: str
) -> None:
    want(tmp_path, "a")
    server.reset(has("b"), [On(Call.LIST, 1, fault, times=99)])
    ended = run(["apply", "-y", "--format", format_], tmp_path, server)
    assert ended.code == 1
    assert "; nothing was changed" in " ".join(ended.err.split())
    if format_ == "json":
        assert "nothing was changed" in document(ended)["error"]["message"]


def test_what_the_server_said_is_told_only_where_it_said_so(server: FaultyServer, tmp_path: Path) -> None:
    """404 to every delete, while the list goes on showing it."""
    want(tmp_path, "a", url=f"{URL}/new")
    server.reset(has("a"), [On(Call.DELETE, 1, Status(404), times=99)])
    report = document(run(["apply", "-y", "--format", "json"], tmp_path, server))
    [row] = report["results"]
    assert row["status"] == "unknown"
    assert "404" in row["error"]
    assert "yes" not in row["error"]


def test_several_environments_with_one_key_are_not_taken_for_each_other(
    server: FaultyServer, tmp_path: Path
) -> None:
    want(tmp_path, "a")
    text = (tmp_path / "webhooks.yaml").read_text()
    one = f"{{api_url: '{server.url}', api_key: '${{DEFACTO_API_KEY}}'}}"
    (tmp_path / "webhooks.yaml").write_text(
        f"{text}\ndefault_environment: first\nenvironments: {{first: {one}, second: {one}}}\n"
    )
    server.reset()
    first, second = (
        plan(tmp_path, server, "-e", name, "--out", f"{name}.plan") for name in ("first", "second")
    )
    assert first["fingerprint"] != second["fingerprint"]
    assert run(["apply", "first.plan", "-e", "second"], tmp_path, server).code == 1
    ended = run(["apply", "-y", "-e", "second", "--expect", first["fingerprint"]], tmp_path, server)
    assert ended.code == 1
    edited = json.loads((tmp_path / "first.plan").read_text()) | {"environment": "second"}
    (tmp_path / "first.plan").write_text(json.dumps(edited))
    assert run(["apply", "first.plan"], tmp_path, server).code == 1
    assert not server.account
