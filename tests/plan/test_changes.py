"""What differs between two subscriptions: every field, and no secret on the way."""

from __future__ import annotations

import dataclasses
from typing import Any

import deepdiff
import pytest
from hypothesis import given

from defacto_webhooks.plan.changes import field_changes
from defacto_webhooks.plan.model import ListChange, UrlChange, ValueChange
from defacto_webhooks.redaction import SecretUrl
from defacto_webhooks.subscription import Subscription
from tests.accounts import EVENTS, KEY, subscription, subscriptions

TOKEN_1 = "https://hooks.example.com/?token=C4naRy-one"
TOKEN_2 = "https://hooks.example.com/?token=C4naRy-two"


def test_each_field_that_differs() -> None:
    before, after = subscription("a", TOKEN_1, *EVENTS[:2]), subscription("b", TOKEN_2, *EVENTS[1:])
    assert field_changes(before, after, KEY) == (
        ValueChange("name", "a", "b"),
        UrlChange("to_url", before.to_url, after.to_url),
        ListChange("event_types", (EVENTS[2],), (EVENTS[0],)),
    )
    assert field_changes(before, before, KEY) == ()


def test_a_secret_that_differs_is_seen_without_its_value() -> None:
    [change] = field_changes(subscription("a", TOKEN_1), subscription("a", TOKEN_2), KEY)
    shown = "https://hooks.example.com/?token=***"
    assert change.document() == {"before": shown, "after": shown, "secret_changed": True}


def test_a_url_of_which_less_is_shown_does_not_differ() -> None:
    """Of one that the file does not know by this name, no more is shown than is safe."""
    new = subscription("new", "https://hooks.example.com/Hook2?token=C4naRy-one")
    old = dataclasses.replace(new, name="old", to_url=SecretUrl.from_account(new.to_url.reveal()))
    assert str(old.to_url) != str(new.to_url)
    assert field_changes(old, new, KEY) == (ValueChange("name", "old", "new"),)


@given(subscriptions, subscriptions)
def test_every_field_is_compared(before: Subscription, after: Subscription) -> None:
    differing = [
        field.name
        for field in dataclasses.fields(Subscription)
        if getattr(before, field.name) != getattr(after, field.name)
    ]
    assert [change.field for change in field_changes(before, after, KEY)] == differing


def test_the_comparison_is_never_handed_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """DeepDiff logs, caches and shows what it is given."""
    seen: list[Any] = []

    def noted(*documents: Any, **how: Any) -> Any:
        seen.extend(documents)
        return original(*documents, **how)

    original = deepdiff.DeepDiff
    monkeypatch.setattr(deepdiff, "DeepDiff", noted)
    field_changes(subscription("a", TOKEN_1), subscription("a", TOKEN_2), KEY)
    assert len(seen) == 2
    assert "C4naRy" not in repr(seen)
