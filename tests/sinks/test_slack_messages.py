"""What Slack gets to see of a notification, and what it does not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from defacto_webhooks import parse_notification
from defacto_webhooks.errors import UserError
from defacto_webhooks.events import EVENT_TYPES
from defacto_webhooks.sinks.slack.messages import message, workflow_input
from defacto_webhooks.sinks.slack.sink import Slack, slack_url
from tests.inbox.support import notification, received
from tests.sinks.slack import has_valid_blocks

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=5,
)
NAMES = [
    "invoice_number",
    "currency",
    "total_amount",
    "amount",
    "due_at",
    "repayment_date",
    "buyer",
    "seller",
]


def shown(**state: Any) -> str:
    whole = {**notification()["entity_state"], **state}
    return json.dumps(message(parse_notification(notification(entity_state=whole))), ensure_ascii=False)


def test_an_invoice_is_readable() -> None:
    made = message(parse_notification(notification("Invoice.VERIFIED")))
    assert made["text"] == "Invoice verified: F-2026-100001, 1,234.56 EUR, due 31 Mar 2026"
    header, meaning, facts, context = made["blocks"]
    assert header["text"]["text"] == "Invoice verified"
    assert meaning["text"]["text"] == "Verification passed."
    assert [field["text"] for field in facts["fields"]] == [
        "*Invoice*\nF-2026-100001",
        "*Seller*\nMoulin Exemple",
        "*Buyer*\nBoulangerie Exemple",
        "*Total amount*\n1,234.56 EUR",
        "*Issued*\n30 Jan 2026",
        "*Due*\n31 Mar 2026",
    ]
    assert context["elements"][0]["text"].endswith(
        " · Invoice.VERIFIED · <!date^1770809161^{date_short_pretty} at {time}|2026-02-11T11:26:01+00:00>"
    )


def test_an_id_is_shown_also_where_it_begins_like_an_iban() -> None:
    made = message(parse_notification({**notification(), "id": "ef12ab34-1111-4111-8111-fd1234567890"}))
    assert made["blocks"][-1]["elements"][0]["text"].startswith("invoice ef12ab34-1111-4111-8111-fd12345")


def test_what_must_stay_behind_does() -> None:
    text = shown(
        invoice_number="DE89 3704 0044 0532 0130 00",
        seller={"name": "see https://documents.example/s3cret-document"},
        buyer={"name": "FR7630006000011234567890189", "identifier": "s3cret-identifier"},
        metadata={"note": "s3cret-note"},
        account_number="s3cret-account",
    )
    for secret in ("s3cret", "FR76", "DE89", "documents.example", "iban", "123456782"):
        assert secret not in text


def test_amounts_and_dates_in_all_shapes() -> None:
    text = shown(total_amount=-5, net_amount=100_000_000, tax_amount=True, to_pay_amount="7", fee_amount=1.5)
    assert '"*Total amount*\\n-0.05 EUR"' in text
    assert "1,000,000.00 EUR" in text
    assert "Tax amount" not in text
    assert "To pay" not in text
    assert "Fee amount" not in text
    assert "amount" not in shown(currency=None)
    assert "amount" not in shown(currency="<!channel>")
    assert "Due" not in shown(due_at="soon")


def test_nothing_in_a_name_becomes_a_mention_or_a_link() -> None:
    text = shown(buyer={"name": "<!channel> & <@U1>\u202e\nx"})
    assert "&lt;!channel&gt; &amp; &lt;@U1&gt; x" in text
    assert "<!channel>" not in text


@pytest.mark.parametrize(
    "event_type", [*EVENT_TYPES, "BorrowerFinancialProductCreated", "<b>.X", "." * 500, ""]
)
def test_every_event_type_makes_a_message_that_slack_takes(event_type: str) -> None:
    made = message(parse_notification({**notification(), "event_type": event_type}))
    assert made["text"].strip()
    assert has_valid_blocks(made)
    assert made["text"]
    flat = workflow_input(parse_notification({**notification(), "event_type": event_type}))
    assert all(isinstance(value, str) for value in flat.values())


@given(state=st.dictionaries(st.sampled_from(NAMES) | st.text(), JSON), text=st.text())
def test_any_state_makes_a_message_that_slack_takes(state: dict[str, Any], text: str) -> None:
    body = notification(entity_state=state, event_type=text, entity_type=text, id=text)
    made = message(parse_notification(body))
    assert made["text"].strip()
    assert has_valid_blocks(made)
    json.dumps(made).encode()


def test_workflow_builder_gets_the_six_strings_and_what_is_readable() -> None:
    flat = workflow_input(parse_notification(notification(transition_name=None)))
    assert flat["transition_name"] == ""
    assert {"entity_type", "status", "timestamp", "id", "event_type"} <= set(flat)
    assert (flat["total_amount"], flat["due_at"], flat["buyer"]) == (
        "1,234.56 EUR",
        "31 Mar 2026",
        "Boulangerie Exemple",
    )
    assert "FR76" not in str(flat)


@pytest.mark.parametrize(
    ("url", "workflow"),
    [
        ("https://hooks.slack.com/services/T0/B0/s3cret", False),
        ("https://hooks.slack.com/triggers/T0/1/s3cret", True),
        ("https://hooks.slack.com/workflows/T0/1/s3cret", True),
        ("http://127.0.0.1:8026/slack/services/a/b/s3cret", False),
        ("http://127.0.0.1:8026/slack/triggers/a/b/s3cret", True),
    ],
)
def test_urls_of_slack(url: str, workflow: bool) -> None:
    checked = slack_url(url)
    item = Slack(checked, lambda *_: None).item(received(notification()))
    assert item is not None
    assert ("blocks" not in item) is workflow
    assert "s3cret" not in f"{checked} {checked!r}"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "s3cret",
        "https://hooks.slack.example/services/s3cret",
        "http://hooks.slack.com/services/T/B/s3cret",
        "https://slack.com/s3cret",
        "ftp://hooks.slack.com/services/s3cret",
        "https://hooks.slack.com/other/s3cret",
    ],
)
def test_other_urls_are_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(UserError) as caught:
        slack_url(url)
    assert "s3cret" not in f"{caught.value.message} {caught.value.hint}"
