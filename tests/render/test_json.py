"""The documents of the contract, key by key."""

from __future__ import annotations

import json
from typing import Any

import pytest

from defacto_webhooks.apply import Report
from defacto_webhooks.errors import UserError
from defacto_webhooks.plan import Plan
from defacto_webhooks.plan.document import plan_document
from defacto_webhooks.render import diagnostics, markdown, text
from defacto_webhooks.render import json as documents
from defacto_webhooks.render.style import Style
from tests.accounts import remote
from tests.render import plans

TEXT = Style(color=True, width=60)
RENDERED = {
    "text": lambda value: text.plan(value, TEXT) if isinstance(value, Plan) else text.report(value, TEXT),
    "markdown": lambda value: markdown.plan(value) if isinstance(value, Plan) else markdown.report(value),
    "json": lambda value: documents.text(
        plan_document(value) if isinstance(value, Plan) else documents.report_document(value)
    ),
}


@pytest.mark.parametrize("render", RENDERED.values(), ids=RENDERED)
@pytest.mark.parametrize(
    "value",
    [
        plans.full(),
        plans.full(plans.HOSTILE),
        plans.empty(),
        plans.many(9),
        plans.partial(),
        plans.verified(),
    ],
    ids=["full", "hostile", "empty", "many", "partial", "verified"],
)
def test_every_format_shows_everything_and_no_secret(value: Plan | Report, render: Any) -> None:
    shown = render(value)
    assert plans.CANARY not in shown
    assert shown == render(value)
    names = [row.name for row in (value.changes if isinstance(value, Plan) else value.results)]
    if plans.HOSTILE not in names:
        assert all(name in shown for name in names)
    for control in ("\x9b", "\x07", "\x00", "\u202e", "\x1b[31mred"):
        assert control not in shown


def test_a_plan() -> None:
    document = plan_document(plans.full())
    assert list(document) == [
        "format_version", "environment", "api_url", "changes", "ignored", "summary", "fingerprint",
        "coverage", "guards", "warnings",
    ]  # fmt: skip
    for change in document["changes"]:
        assert list(change) == [
            "action", "name", "ids", "reason", "before", "after", "fields", "location",
        ]  # fmt: skip
    by_name = {(change["name"], change["action"]): change for change in document["changes"]}
    assert [*by_name] == sorted(by_name)
    assert by_name["fresh", "create"]["before"] is None
    assert by_name["odd", "delete"]["after"] is None
    assert by_name["odd", "delete"]["location"] is None
    renamed = by_name["new-name", "replace"]
    assert (renamed["before"]["name"], renamed["ids"]) == ("old-name", ["3"])
    assert renamed["fields"] == {"name": {"before": "old-name", "after": "new-name"}}
    assert renamed["location"] == {"file": "webhooks.yaml", "line": 12, "column": 3}
    fields = by_name["loans", "replace"]["fields"]
    assert fields["event_types"]["added"] == []
    assert fields["event_types"]["removed"] == sorted(fields["event_types"]["removed"])
    assert fields["to_url"]["secret_changed"] is True
    assert [guard["code"] for guard in document["guards"]] == ["protected"]
    assert document["summary"]["ignored"] == 1


def test_a_report() -> None:
    document = documents.report_document(plans.partial())
    assert document["outcome"] == "partial"
    assert document["verified"] is False
    assert document["results"][1] == {
        "action": "delete",
        "name": "b",
        "id": "8",
        "status": "failed",
        "error": "the server said no",
    }
    assert document["summary"] == {"done": 1, "failed": 1, "skipped": 1, "unknown": 1}
    assert document["requests"] == 6
    assert document["left"]["fingerprint"] == plans.full().fingerprint


def test_an_error_and_what_is_known() -> None:
    error = UserError("no answer", "try again")
    assert documents.error_document(error, {"environment": "local"}) == {
        "format_version": "1.0",
        "environment": "local",
        "error": {"message": "no answer", "hint": "try again"},
    }
    assert diagnostics.document([]) == {"format_version": "1.0", "diagnostics": []}


def test_the_account() -> None:
    remotes = [remote("7", "a", "https://h.example.com/x?t=1")]
    for reveal, shown in ((False, "https://h.example.com/x?t=***"), (True, "https://h.example.com/x?t=1")):
        document = documents.subscriptions_document("local", remotes, reveal=reveal)
        assert document["subscriptions"] == [
            {"id": "7", "name": "a", "to_url": shown, "event_types": ["Loan.CLOSED"]}
        ]


def test_what_no_terminal_may_see_survives_in_json_escaped() -> None:
    shown = documents.text(plan_document(plans.full(plans.HOSTILE)))
    [change] = [c for c in json.loads(shown)["changes"] if "everyone" in c["name"]]
    assert change["name"] == plans.HOSTILE
    shown.encode()
