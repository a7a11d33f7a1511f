"""`doctor` as a process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faulty_server import Call, Fault, FaultyServer, Html, On, Redirect, Status, stored
from tests.process import Ended, run
from tests.receiver import receiving

TOKEN = "t0ken-that-nobody-may-see"


def checks(ended: Ended) -> dict[str, str]:
    """What is checked → the verdict."""
    lines = [line.split() for line in ended.out.splitlines() if not line.startswith(" ")]
    return {words[1]: words[0] for words in lines[:-1]}


def doctor(folder: Path, server: FaultyServer, to_urls: list[str], *arguments: str) -> Ended:
    entries = "".join(
        f"  - {{name: n{number}, to_url: '{url}?token=${{TOKEN}}', event_types: [Loan.CLOSED]}}\n"
        for number, url in enumerate(to_urls)
    )
    (folder / "webhooks.yaml").write_text(
        f"version: 1\nenvironments:\n  far: {{api_url: '{server.url}', api_key: '${{KEY}}'}}\n"
        f"webhooks:\n{entries}"
    )
    ended = run(["doctor", *arguments], folder, KEY=server.key, TOKEN=TOKEN)
    assert server.key not in ended.both
    assert TOKEN not in ended.both
    return ended


def test_all_is_well(tmp_path: Path, server: FaultyServer) -> None:
    with receiving({"/b": 200}) as callbacks:
        urls = [f"{callbacks.url}/a", f"{callbacks.url}/a", f"{callbacks.url}/b"]
        ended = doctor(tmp_path, server, urls, "--probe")
    assert ended.code == 0, ended.both
    expected = {"file": "note", "environment": "ok", "key": "ok", "drift": "note", "callback": "ok"}
    assert checks(ended) == expected
    assert "far, http://127.0.0.1:" in ended.out
    assert "accepted" in ended.out
    assert "KEY is accepted" in ended.out
    assert "3 to create" in ended.out
    assert f"n0, n1  {callbacks.url}/a?token=***  204 in" in ended.out
    assert ended.out.endswith("No problems found.\n")
    assert sorted(request.path for request in callbacks.requests) == ["/a", "/b"]  # each distinct URL once
    assert {request.method for request in server.log} == {"GET"}
    for request in callbacks.requests:
        assert server.key not in f"{request}"


def test_callbacks_that_are_not_well_are_grouped_and_told(tmp_path: Path, server: FaultyServer) -> None:
    with receiving({"/a": 405, "/b": 405}) as callbacks:
        ended = doctor(tmp_path, server, [f"{callbacks.url}/{path}" for path in "abc"], "--probe")
    assert ended.code == 1
    assert "FAIL  callback     405: it does not accept POST (2 addresses)" in ended.out
    assert "Defacto uses POST" in ended.out
    assert ended.out.endswith("1 problem.\n")


def test_without_probe_no_callback_hears_of_it(tmp_path: Path, server: FaultyServer) -> None:
    with receiving() as callbacks:
        ended = doctor(tmp_path, server, [f"{callbacks.url}/a"])
        assert not callbacks.requests
    assert ended.code == 0
    assert checks(ended)["callbacks"] == "note"


@pytest.mark.parametrize(
    ("call", "fault", "failed", "says"),
    [
        (Call.HELLO, Status(401), "key", "separate keys"),
        (Call.HELLO, Redirect(302), "key", "redirect is not followed"),
        (Call.LIST, Html(), "drift", "it is not JSON"),
    ],
)
def test_what_the_account_refuses(
    tmp_path: Path, server: FaultyServer, call: Call, fault: Fault, failed: str, says: str
) -> None:
    server.reset(faults=[On(call, 1, fault, times=9)])
    ended = doctor(tmp_path, server, ["http://127.0.0.1:9/x"], "--probe")
    assert ended.code == 1
    told = checks(ended)
    assert (told[failed], told["callback"]) == ("FAIL", "FAIL")
    assert says in " ".join(ended.out.split())
    assert ended.out.endswith("2 problems.\n")


def test_a_bad_file_and_no_file(tmp_path: Path, server: FaultyServer) -> None:
    nothing = run(["doctor"], tmp_path)
    assert nothing.code == 1
    assert "webhooks.yaml does not exist" in nothing.out
    assert "`defacto-webhooks init` writes a starter file" in " ".join(nothing.out.split())
    for count in (0, 2):
        server.reset([stored(f"{n}", f"n{n}", "https://h.example.com/", "Loan.CLOSED") for n in range(count)])
        ended = run(["doctor", "--api-url", server.url], tmp_path, DEFACTO_API_KEY=server.key)
        assert ended.code == 0, ended.both
        assert checks(ended) == {"file": "note", "environment": "ok", "key": "ok", "account": "ok"}
        assert f"account      {count} subscriptions\n" in ended.out
        assert ("defacto-webhooks export" in ended.out) is (count > 0)
        assert "init --from-account" in ended.out
        assert "delete" not in ended.out  # there is no file that would want that
        assert ended.out.endswith("The account is fine; there is no file yet.\n")
    (tmp_path / "webhooks.yaml").write_text("version: 1\nwebhooks: [{name: a}]\n")
    ended = run(["doctor", "--api-url", server.url], tmp_path, DEFACTO_API_KEY=server.key)
    assert ended.code == 1
    assert "webhooks.yaml:2:" in ended.err
    assert checks(ended) == {"file": "FAIL"}


def test_embedded_and_narrow(tmp_path: Path) -> None:
    (tmp_path / "webhooks.yaml").write_text("version: 1\nenvironments: {local: {api_url: embedded}}\n")
    ended = run(["doctor", "--probe"], tmp_path, COLUMNS="40")
    assert ended.code == 0, ended.both
    assert "none needed: the API is embedded" in ended.out
