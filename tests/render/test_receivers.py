"""Who receives what: as a table, as lines, as JSON."""

from __future__ import annotations

import json

from defacto_webhooks.events import EVENT_TYPES
from defacto_webhooks.render import render
from defacto_webhooks.render.style import Style
from defacto_webhooks.render.views import Receivers
from tests.accounts import remote
from tests.render.plans import CANARY, HOSTILE

URL = f"https://hooks.example.com/defacto?token={CANARY}"
ACCOUNT = [
    remote("1", "loans", URL, "Loan.CLOSED", "Loan.TO_REPAY"),
    remote("2", "closed", URL, "Loan.CLOSED"),
    remote("3", "elsewhere", f"{URL}2", "Loan.CLOSED", "New.TYPE"),
]


def row(text: str, event_type: str) -> list[str]:
    [found] = [line for line in text.splitlines() if line.startswith(event_type)]
    return found.split()[1:]


def test_a_table_shows_blind_spots_and_double_deliveries() -> None:
    text = render(Receivers.of("test", ACCOUNT), "text", Style(width=80))
    [heads] = [line for line in text.splitlines() if line.startswith(" ")][:1]
    assert heads.split() == ["closed", "elsewhere", "loans"]
    assert row(text, "Loan.CLOSED") == ["2x", "x", "2x"]
    assert row(text, "Loan.TO_REPAY ") == [".", ".", "x"]
    assert row(text, "New.TYPE") == [".", "x", "."]
    assert row(text, "Payment.PAID") == [".", ".", "."]
    nobody = text.partition("Nobody receives: ")[2].partition("!")[0]
    assert "Payment.*" in nobody
    assert "Loan.CLOSED" not in nobody
    assert "same URL (2x): Loan.CLOSED\n! New.TYPE is in the account, but in neither" in text


def test_where_the_table_is_too_wide_each_event_type_has_its_line() -> None:
    wide = [*ACCOUNT, remote("4", "a-name-of-forty-characters-and-a-few-more", f"{URL}3", "Invoice.TO_EDIT")]
    text = render(Receivers.of("test", wide), "text", Style(width=80))
    assert " ".join(row(text, "Loan.CLOSED")) == "closed (2x), elsewhere, loans (2x)"
    assert row(text, "Payment.PAID") == ["nobody"]
    many = [remote(str(n), f"s{n}", f"{URL}{n}", *EVENT_TYPES) for n in range(400)]
    assert all(len(line) <= 80 for line in render(Receivers.of("test", many), "text", Style()).splitlines())


def test_an_account_without_blind_spots_or_without_anything() -> None:
    everything = render(Receivers.of("test", [remote("1", "all", URL, *EVENT_TYPES)]), "text", Style())
    assert everything.endswith("Every event type is received, and none twice at the same URL.")
    assert "Nobody receives: *" in render(Receivers.of("test", []), "text", Style())


def test_the_document_names_the_receivers() -> None:
    document = json.loads(render(Receivers.of("test", ACCOUNT), "json"))
    by_name = {row["name"]: row["subscriptions"] for row in document["event_types"]}
    assert list(by_name) == [*EVENT_TYPES, "New.TYPE"]
    assert by_name["Loan.CLOSED"] == [
        {"id": "2", "name": "closed", "twice": True},
        {"id": "3", "name": "elsewhere", "twice": False},
        {"id": "1", "name": "loans", "twice": True},
    ]


def test_names_are_foreign_text_and_urls_stay_out() -> None:
    account = [remote("1", HOSTILE, URL, f"Odd{HOSTILE}"), remote("2", "b", URL, f"Odd{HOSTILE}")]
    for width in (60, 1000):
        text = render(Receivers.of("test", account), "text", Style(width=width))
        assert CANARY not in text
        assert not set("\x1b\r\x9b\u202e\x00") & set(text)
    assert CANARY not in render(Receivers.of("test", account), "json")
