"""What globs come to in an account, and an account that was made when the catalogue was another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from defacto_webhooks.events import EVENT_TYPES, expand
from tests.faulty_server import FaultyServer, stored
from tests.process import run

URL = "https://hooks.example.com/defacto?token=x"
NEW_SINCE_2023 = [
    *("BorrowerFinancialProductCreated", "BorrowerFinancialProductUpdated"),
    *("CounterpartyCreditLimit.CREATED", "CounterpartyCreditLimit.UPDATED", "CreditLine.BALANCE_UPDATED"),
    *("Invoice.DECLINED", "Loan.PENDING_VALIDATION", "Loan.TO_VALIDATE"),
]
OF_2023 = sorted({*EVENT_TYPES, "Loan.OVERDUE"}.difference(NEW_SINCE_2023))


def write(folder: Path, *entries: str, settings: str = "{}") -> None:
    lines = [f"- {{to_url: '{URL}', {entry}}}" for entry in entries]
    head = ["version: 1", f"settings: {settings}", "webhooks:"]
    (folder / "webhooks.yaml").write_text("\n".join([*head, *lines]))


def plan(folder: Path, server: FaultyServer) -> Any:
    ended = run(["plan", "--format", "json"], folder, server)
    assert ended.code == 0, ended.err
    return json.loads(ended.out)


def test_globs_on_the_local_api(tmp_path: Path) -> None:
    """It refuses what Defacto's reference does not have, so this is what today's API takes, too."""
    write(tmp_path, "name: all, event_types: ['*']", "name: loans, event_types: ['Loan.*']")
    (tmp_path / "webhooks.yaml").write_text(
        "environments: {here: {api_url: embedded}}\n" + (tmp_path / "webhooks.yaml").read_text()
    )
    assert run(["apply", "-y"], tmp_path).code == 0
    account = json.loads(run(["list", "--format", "json"], tmp_path).out)["subscriptions"]
    held = {one["name"]: one["event_types"] for one in account}
    assert held == {"all": sorted(EVENT_TYPES), "loans": sorted(expand("Loan.*"))}
    assert (len(held["all"]), len(held["loans"])) == (32, 13)


def test_one_subscription_for_each_type_has_names_of_two_parts(tmp_path: Path, server: FaultyServer) -> None:
    url = "https://hooks.example.com/{entity}/{status}"
    (tmp_path / "webhooks.yaml").write_text(
        f"version: 1\nwebhooks:\n"
        f"- {{name: '{{entity}}.{{status}}', one_per: event_type, to_url: '{url}', event_types: ['*']}}\n"
        f"- {{name: 'all-{{entity}}', one_per: entity, to_url: '{URL}', event_types: ['*']}}\n"
    )
    server.reset([])
    made = {change["name"]: change["after"] for change in plan(tmp_path, server)["changes"]}
    assert len(made) == 32 + 7
    one = made["borrower_financial_product.created"]
    assert one["event_types"] == ["BorrowerFinancialProductCreated"]
    assert one["to_url"].startswith("https://hooks.example.com/borrower_financial_product/created")
    assert made["all-borrower_financial_product"]["event_types"] == NEW_SINCE_2023[:2]


def test_an_account_of_2023_plans_to_exactly_the_difference(tmp_path: Path, server: FaultyServer) -> None:
    assert len(OF_2023) == 25
    loans = [name for name in OF_2023 if name.startswith("Loan.")]
    server.reset([stored("1", "all", URL, *OF_2023), stored("2", "loans", URL, *loans)])
    write(tmp_path, "name: all, event_types: ['*']", "name: loans, event_types: ['Loan.*']")
    planned = plan(tmp_path, server)
    fields = {change["name"]: change["fields"] for change in planned["changes"]}
    added = [name for name in NEW_SINCE_2023 if name.startswith("Loan.")]
    assert fields == {
        "all": {"event_types": {"added": NEW_SINCE_2023, "removed": ["Loan.OVERDUE"]}},
        "loans": {"event_types": {"added": added, "removed": ["Loan.OVERDUE"]}},
    }
    assert planned["coverage"] == {"gained": NEW_SINCE_2023, "lost": []}


def test_a_type_that_nobody_has_heard_of_is_one_line_and_no_error(
    tmp_path: Path, server: FaultyServer
) -> None:
    server.reset(
        [stored("1", "a", URL, "Loan.CLOSED"), stored("2", "manual", URL, "New.TYPE", "Loan.OVERDUE")]
    )
    ours = "name: a, event_types: [Loan.CLOSED]"
    write(tmp_path, ours, settings="{scope: {ignore: [manual]}}")
    [warning] = plan(tmp_path, server)["warnings"]
    assert "New.TYPE is in the account, but in neither" in warning
    assert "Loan.OVERDUE is in the account, but no longer in Defacto's reference" in warning
    for command in (["plan"], ["plan", "--format", "markdown"], ["events", "--subscribed"]):
        ended = run(command, tmp_path, server)
        assert ended.code == 0
        assert "extra&#95;event&#95;types" in ended.out or "`settings.extra_event_types`" in ended.out
    write(tmp_path, ours, settings="{scope: {ignore: [manual]}, extra_event_types: [New.TYPE]}")
    [warning] = plan(tmp_path, server)["warnings"]
    assert "New.TYPE" not in warning
