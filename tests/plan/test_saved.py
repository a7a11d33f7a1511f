"""What a plan file is bound to, and what is no plan file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from defacto_webhooks.config import NAMELESS
from defacto_webhooks.errors import UserError
from defacto_webhooks.plan.saved import dump, load
from defacto_webhooks.redaction import Secret, SecretUrl
from tests.accounts import KEY, URLS, plan_of, remote, subscription

PLAN = plan_of([subscription("a"), subscription("b", URLS[1])], [remote("1", "old")], targets=["*"])
TEXT = dump(PLAN, KEY)


def changed(**fields: Any) -> str:
    return json.dumps({**json.loads(TEXT), **fields})


def test_it_reads_back() -> None:
    saved = load(TEXT)
    saved.verify("test", PLAN.api_url, KEY)
    assert (saved.environment, saved.api_url, saved.targets) == ("test", PLAN.api_url, ("*",))
    assert saved.steps == set(PLAN.step_fingerprints)
    assert saved.content["plan"]["fingerprint"] == PLAN.fingerprint
    assert "t=1" not in TEXT


@pytest.mark.parametrize(
    "fields",
    [
        {"environment": "another"},
        {"environment": None},
        {"api_url": "https://another.example.com"},
        {"targets": []},
        {"plan": {}},
        {"steps": []},
        {"account": "0" * 64},
        {"shown": {"text": "No changes."}},
        {"mac": "0" * 64},
        {"mac": "é"},
        {"mac": "\ud800"},
        {"more": 1},
    ],
    ids=repr,
)
def test_every_field_is_covered_by_the_mac(fields: dict[str, Any]) -> None:
    edited = load(changed(**fields))
    with pytest.raises(UserError, match="was edited"):
        edited.verify(edited.environment, edited.api_url, KEY)


def test_it_is_bound_to_the_key_and_to_the_address() -> None:
    with pytest.raises(UserError, match="another API key"):
        load(TEXT).verify("test", PLAN.api_url, Secret("another"))
    with pytest.raises(UserError, match="is for http://127"):
        load(TEXT).verify("test", "https://another.example.com", KEY)


def test_it_is_bound_to_what_is_hidden_of_the_address_too() -> None:
    """Two accounts behind one gateway, told apart by a path that is a secret."""
    first, second = (SecretUrl.from_file(["https://gateway.example.com/", Secret(path)]) for path in "xy")
    assert str(first) == str(second)
    plans = [plan_of([subscription("a")], [], api_url=url) for url in (first, second)]
    assert plans[0].fingerprint != plans[1].fingerprint
    saved = load(dump(plans[0], KEY))
    saved.verify("test", first, KEY)
    with pytest.raises(UserError, match="in a part that is hidden"):
        saved.verify("test", second, KEY)


def test_an_environment_that_is_called_default_is_not_the_one_without_a_name() -> None:
    named = load(dump(replace(PLAN, environment="default"), KEY)).environment
    nameless = load(dump(replace(PLAN, environment=NAMELESS), KEY)).environment
    assert (named is NAMELESS, nameless is NAMELESS) == (False, True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[" * 100_000,
        "[]",
        "{}",
        changed(format="plan/2"),
        changed(format=2),
        changed(steps="all"),
        changed(mac=None),
        TEXT.replace('"steps":', '"steps": [], "steps":'),
        TEXT.replace('"targets":', '"targets": ["b"],\n  "targets":'),
        TEXT.replace('"name": "a"', '"name": "harmless", "name": "a"', 1),
    ],
    ids=lambda text: text[:20],
)
def test_what_is_no_plan_file(text: str) -> None:
    """A key that is there twice is read in two ways: what a reviewer saw may not be what is applied."""
    with pytest.raises(UserError, match="not a plan file"):
        load(text)


@pytest.mark.parametrize(
    "text",
    [
        (Path(__file__).parent / "plan-file-of-0.1.0.json").read_text(),  # as that release wrote it
        changed(format="defacto-webhooks-plan/3", steps={"of": "a later one"}),
    ],
    ids=["older", "newer"],
)
def test_a_plan_file_of_another_version_is_told_from_what_is_none(text: str) -> None:
    with pytest.raises(UserError, match="made by another version") as refused:
        load(text)
    assert "make a new one" in refused.value.hint


def test_the_fingerprint_is_of_the_environment_and_the_address_too() -> None:
    here, again = plan_of([subscription("a")], []), plan_of([subscription("a")], [])
    assert here.fingerprint == again.fingerprint
    assert here.fingerprint != plan_of([subscription("a")], [], environment="another").fingerprint
    assert here.fingerprint != plan_of([subscription("a")], [], api_url="https://x.example.com").fingerprint
