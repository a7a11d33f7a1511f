"""The documents of the contract, key by key."""

from __future__ import annotations

import json

from defacto_webhooks.errors import UserError
from defacto_webhooks.plan.document import plan_document
from defacto_webhooks.render import json as documents, render
from defacto_webhooks.render.views import Diagnostics, Failure, Listing
from tests.accounts import remote
from tests.render import plans


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
    assert [guard["code"] for guard in document["guards"]] == ["lost-events", "protected"]
    assert document["summary"]["ignored"] == 1


def test_a_report() -> None:
    document = documents.report(plans.partial())
    assert document["outcome"] == "partial"
    assert document["verified"] is False
    assert document["results"][1] == {
        "action": "delete",
        "name": "b",
        "id": "8",
        "status": "failed",
        "error": "the server said no",
        "reasons": [
            {
                "field": "to_url",
                "reason": "not reachable",
                "location": {"file": "webhooks.yaml", "line": 12, "column": 13},
            },
            {"field": "plan", "reason": "too many", "location": None},
        ],
    }
    assert document["summary"] == {"done": 1, "failed": 1, "skipped": 1, "unknown": 1}
    assert document["requests"] == 6
    assert document["left"]["fingerprint"] == plans.full().fingerprint


def test_an_error_and_what_is_known() -> None:
    error = UserError("no answer", "try again")
    assert documents.failure(Failure(error, {"environment": "local"})) == {
        "environment": "local",
        "error": {"message": "no answer", "hint": "try again"},
    }
    assert json.loads(render(Diagnostics(()), "json")) == {"format_version": "1.0", "diagnostics": []}


def test_the_account() -> None:
    only = remote("7", "a", "https://h.example.com/x?t=1")
    for reveal, shown in ((False, "https://h.example.com/x?t=***"), (True, "https://h.example.com/x?t=1")):
        document = documents.listing(Listing("local", (only,), reveal))
        assert document["subscriptions"] == [
            {"id": "7", "name": "a", "to_url": shown, "event_types": ["Loan.CLOSED"]}
        ]


def test_what_no_terminal_may_see_survives_in_json_escaped() -> None:
    shown = render(plans.full(plans.HOSTILE), "json")
    [change] = [c for c in json.loads(shown)["changes"] if "everyone" in c["name"]]
    assert change["name"] == plans.HOSTILE
    shown.encode()
