"""Runs `examples.md`: what a file and an account come to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from defacto_webhooks import config
from defacto_webhooks.plan import Action, Change, ListChange, Plan, UrlChange, guards, make_plan
from defacto_webhooks.subscription import RemoteSubscription
from tests.accounts import KEY, remote

PAGE = Path(__file__).with_name("examples.md").read_text()
FENCE = re.compile(r"^```(\w+)(.*?)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
ENVIRON = {"TOKEN": "the-token", "DEFACTO_API_URL": "https://api.getdefacto.com", "DEFACTO_API_KEY": "key"}
SYMBOLS = {Action.CREATE: "+", Action.REPLACE: "+/-", Action.UPDATE: "~", Action.DELETE: "-"}


class Example(NamedTuple):
    title: str
    file: str
    account: str
    targets: list[str]
    plan: str


def examples() -> Iterator[Example]:
    for section in PAGE.split("\n## ")[1:]:
        title = section.partition("\n")[0]
        file = account = ""
        for kind, options, text in FENCE.findall(section):
            if kind == "yaml":
                file = text
            elif kind == "account":
                account = text
            else:
                assert kind == "plan", title
                yield Example(title, file, account, options.replace("--target", "").split(), text)


def account_of(table: str) -> list[RemoteSubscription]:
    rows = (line.split() for line in table.splitlines())
    return [remote(id_, name, url, *event_types) for id_, name, url, *event_types in rows]


def in_words(plan: Plan) -> Iterator[str]:
    for change in plan.changes:
        yield from change_in_words(change)
    for what, remotes in (
        ("unchanged", plan.unchanged),
        ("ignored", plan.ignored),
        ("kept", plan.unmanaged),
    ):
        if remotes:
            yield f"{what}: {', '.join(remote.content.name for remote in remotes)}"
    yield from (f"! {guard.code}: {guard.message}" for guard in guards.check(plan))
    yield from (f"? {warning}" for warning in plan.warnings)


def change_in_words(change: Change) -> Iterator[str]:
    renamed = f"{change.renamed_from} → " if change.renamed_from else ""
    yield f"{SYMBOLS[change.action]} {renamed}{change.name}: {change.reason}"
    methods = {"create": "POST", "patch": "PATCH", "delete": "DELETE"}
    yield "    " + ", then ".join(f"{methods[step.kind]} {step.id or change.name}" for step in change.steps)
    for field in change.fields:
        if isinstance(field, ListChange):
            came_and_went = (("+", field.added), ("-", field.removed))
            yield f"    {field.field}: " + " ".join(f"{s} {', '.join(x)}" for s, x in came_and_went if x)
        elif isinstance(field, UrlChange):
            yield f"    {field.field}: {field.before} → {field.after.changed_from(field.before)}"


@pytest.mark.parametrize("example", list(examples()), ids=lambda example: example.title)
def test_example(example: Example) -> None:
    wanted = config.load_text(example.file, "webhooks.yaml", ENVIRON, ())
    plan = make_plan(
        wanted.webhooks,
        account_of(example.account),
        wanted.settings,
        environment="test",
        api_url="https://api.example.com",
        fingerprint_key=KEY,
        targets=example.targets,
    )
    assert "\n".join(in_words(plan)) + "\n" == example.plan
