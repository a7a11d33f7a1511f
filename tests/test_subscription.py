"""One list of fields, so that none is dropped on the way: into the plan, the API, a fingerprint, a report."""

from __future__ import annotations

from dataclasses import fields

from defacto_webhooks.api.wire import WireSubscription
from defacto_webhooks.redaction import SecretUrl
from defacto_webhooks.subscription import RemoteSubscription, Subscription

NAMES = [field.name for field in fields(Subscription)]
CONTENT = Subscription.of(
    "loans", SecretUrl.from_account("https://hooks.example.com/?token=C4naRy"), ["Loan.CLOSED"]
)


def test_the_document_holds_every_field_and_no_secret() -> None:
    document = CONTENT.document()
    assert list(document) == NAMES
    assert document["to_url"] == "https://hooks.example.com/?token=***"
    assert CONTENT.document(reveal=True)["to_url"] == "https://hooks.example.com/?token=C4naRy"
    assert RemoteSubscription("7", CONTENT).document() == {"id": "7", **document}


def test_what_the_api_answers_is_read_whole() -> None:
    assert list(WireSubscription.model_fields) == ["id", *NAMES]
