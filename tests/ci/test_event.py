"""What started the workflow: GitHub's events, and those of runners that say less."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from defacto_webhooks.ci.github.__main__ import main
from defacto_webhooks.ci.github.event import Event
from defacto_webhooks.errors import UserError

VARIABLES = {
    "GITHUB_EVENT_NAME": "pull_request",
    "GITHUB_REPOSITORY": "acme/hooks",
    "GITHUB_REF": "refs/pull/7/merge",
    "GITHUB_SHA": "abc",
    "GITHUB_RUN_ID": "77",
}
REPOSITORY = {"full_name": "acme/hooks", "default_branch": "main"}
OURS = {
    "number": 7,
    "head": {"sha": "abc", "repo": {"full_name": "acme/hooks"}},
    "base": {"ref": "main"},
    "user": {"login": "ann"},
}


def event(payload: Mapping[str, Any], **variables: str) -> Event:
    return Event.of({**VARIABLES, **variables}, payload)


@pytest.mark.parametrize(
    ("change", "next_"),
    [
        ({}, "plan"),
        ({"base": {"ref": "release"}}, "nothing"),
        ({"head": {"sha": "abc", "repo": {"full_name": "mallory/hooks"}}}, "nothing"),
        ({"head": {"sha": "abc", "repo": None}}, "nothing"),  # the fork was deleted
        ({"user": {"login": "dependabot[bot]"}}, "nothing"),
    ],
)
def test_which_pull_request_gets_a_plan(change: Mapping[str, Any], next_: str) -> None:
    it = event({"repository": REPOSITORY, "pull_request": {**OURS, **change}})
    assert it.next == next_
    assert bool(it.why_no_plan) is (next_ == "nothing")


@pytest.mark.parametrize(
    ("name", "ref", "next_"),
    [
        ("push", "refs/heads/main", "apply"),
        ("workflow_dispatch", "refs/heads/main", "apply"),
        ("push", "refs/heads/release", "nothing"),
        ("push", "refs/tags/main", "nothing"),
        ("schedule", "refs/heads/main", "nothing"),
        ("pull_request_target", "refs/heads/main", "nothing"),
        ("issue_comment", "refs/heads/main", "nothing"),
    ],
)
def test_what_else_does_something(name: str, ref: str, next_: str) -> None:
    assert event({"repository": REPOSITORY}, GITHUB_EVENT_NAME=name, GITHUB_REF=ref).next == next_


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({"pull_request": OURS}, "repository.default_branch"),
        ({"repository": REPOSITORY, "pull_request": {"number": 7}}, "head"),
        ({"repository": REPOSITORY, "pull_request": {**OURS, "base": {}}}, "base.ref"),
    ],
)
def test_what_an_event_does_not_say_is_named(payload: Mapping[str, Any], field: str) -> None:
    with pytest.raises(UserError, match=f"the event has no {field}"):
        _ = event(payload).next


def test_a_pull_request_without_a_commit() -> None:
    with pytest.raises(UserError, match=r"the event has no head\.sha"):
        _ = event({"repository": REPOSITORY, "pull_request": {"number": 7, "head": {}}}).pull_request


@pytest.mark.parametrize("number", ["n", "", "7x", [7], {}])
def test_a_pull_request_whose_number_is_none(number: object) -> None:
    with pytest.raises(UserError, match="the number of the pull request is not a number"):
        _ = event({"repository": REPOSITORY, "pull_request": {**OURS, "number": number}}).pull_request


@pytest.mark.parametrize("odd", ["x", 1, ["x"], [{}]])
def test_an_event_of_another_shape(odd: object) -> None:
    """Nothing but a UserError, and never a plan for what may be a fork's."""
    for change in ({"head": odd}, {"head": {**OURS["head"], "repo": odd}}):  # type: ignore[dict-item]
        assert event({"repository": REPOSITORY, "pull_request": {**OURS, **change}}).next == "nothing"
    assert event({"head_commit": odd}).named_pull_request is None
    with pytest.raises(UserError):
        _ = event({"pull_request": odd}).why_no_plan
    assert event({"repository": REPOSITORY, "pull_request": {**OURS, "user": odd}}).next == "plan"


@pytest.mark.parametrize(
    "text", ["[" * 100_000 + "]" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000, "{", "[]"]
)
def test_an_event_file_that_can_not_be_read(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "event.json").write_text(text)
    variables = {**VARIABLES, "INPUT_COMMAND": "plan", "GITHUB_EVENT_PATH": str(tmp_path / "event.json")}
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        assert main(variables) == 1
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])
    assert "event.json is not a JSON object" in capsys.readouterr().err


def test_what_the_runner_does_not_set_is_named() -> None:
    with pytest.raises(UserError, match="GITHUB_SHA is not set"):
        event({}, GITHUB_SHA="")


def test_a_server_of_one_s_own() -> None:
    it = event(
        {}, GITHUB_SERVER_URL="https://git.acme.example", GITHUB_API_URL="https://git.acme.example/api/v3"
    )
    assert it.run_url == "https://git.acme.example/acme/hooks/actions/runs/77"
    assert it.api_url == "https://git.acme.example/api/v3"
    assert event({}).api_url == "https://api.github.com"
