"""One list of fields, so that none is dropped on the way: into the plan, the API, a fingerprint, a report."""

from __future__ import annotations

from dataclasses import fields

import pytest
from pydantic import BaseModel

from defacto_webhooks.api.wire import WireSubscription
from defacto_webhooks.config.schema import WebhookEntry
from defacto_webhooks.local_api.schemas import SubscriptionBody
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


@pytest.mark.parametrize(
    ("model", "more"),
    [
        (WebhookEntry, ["environments", "one_per"]),
        (WireSubscription, ["id"]),
        (SubscriptionBody, []),
    ],
)
def test_file_api_and_local_api_have_the_same_fields(model: type[BaseModel], more: list[str]) -> None:
    assert sorted(model.model_fields) == sorted([*NAMES, *more])
