"""The catalogue, and who receives what of it in an account."""

from __future__ import annotations

import json
from pathlib import Path

from defacto_webhooks.events import EVENT_TYPES
from tests.faulty_server import FaultyServer, stored
from tests.process import run

URL = "https://hooks.example.com/defacto?token=s3cr3t-v4lue"


def test_the_catalogue_needs_no_file_and_no_account(tmp_path: Path) -> None:
    ended = run(["events"], tmp_path)
    assert ended.code == 0
    assert all(event_type in ended.out for event_type in EVENT_TYPES)
    document = json.loads(run(["events", "--format", "json"], tmp_path).out)
    assert [event_type["name"] for event_type in document["event_types"]] == list(EVENT_TYPES)
    assert document["event_types"][-1]["status"] == "Updated"
    assert [event_type["name"] for event_type in document["retired"]] == ["Loan.OVERDUE"]
    for said in (ended.out, f"{document['source']} as of {document['as_of']}"):
        assert "Defacto's API reference as of 2026-07" in said


def test_who_receives_what_without_a_file(server: FaultyServer, tmp_path: Path) -> None:
    server.reset([stored("1", "a", URL, "Loan.CLOSED"), stored("2", "b", URL, "Loan.CLOSED", "New.TYPE")])
    ended = run(["events", "--subscribed"], tmp_path, server)
    assert ended.code == 0
    assert "s3cr3t" not in ended.both
    assert "same URL (2x): Loan.CLOSED" in ended.out
    ended = run(["events", "--subscribed", "--format", "json"], tmp_path, server)
    received = {e["name"]: len(e["subscriptions"]) for e in json.loads(ended.out)["event_types"]}
    assert {name: count for name, count in received.items() if count} == {"Loan.CLOSED": 2, "New.TYPE": 1}
    assert {request.method for request in server.log} == {"GET"}


def test_who_receives_what_needs_no_variable_of_the_entries(server: FaultyServer, tmp_path: Path) -> None:
    """The account is asked, not the file: only the key has to be there."""
    server.reset([stored("1", "a", "https://hooks.example.com/a?token=x", "Loan.CLOSED")])
    (tmp_path / "webhooks.yaml").write_text(
        f'version: 1\nenvironments: {{here: {{api_url: "{server.url}", api_key: "${{A_KEY}}"}}}}\n'
        "webhooks: [{name: a, to_url: 'https://hooks.example.com/a?t=${NOT_SET}', event_types: ['*']}]\n"
    )
    ended = run(["events", "--subscribed"], tmp_path, A_KEY=server.key)
    assert ended.code == 0, ended.both
    assert "Nobody receives" in ended.out
