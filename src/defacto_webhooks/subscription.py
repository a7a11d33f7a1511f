"""A webhook subscription, wanted by the file or held by the account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, Final, TypeAlias

from defacto_webhooks.redaction import SecretUrl

Pair: TypeAlias = tuple[SecretUrl, str]  # a URL and an event type: what is delivered where


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a subscription is, in the file and in the account: equal exactly when nothing differs.

    `event_types` is sorted and without repeats, so their order never matters. Build it with `of`.
    """

    name: str
    to_url: SecretUrl
    event_types: tuple[str, ...]

    @classmethod
    def of(cls, name: str, to_url: SecretUrl, event_types: Iterable[str], **others: Any) -> Subscription:
        """`others` are the further fields, by their names."""
        return cls(name, to_url, tuple(sorted(set(event_types))), **others)

    def document(self, *, reveal: bool = False) -> dict[str, Any]:
        """Every field as plain data, the URL redacted. `reveal` writes it out: for the API, keyed
        fingerprints, and whoever asked for secrets.
        """
        return {name: _plain(getattr(self, name), reveal=reveal) for name in FIELDS}

    def pairs(self) -> Iterable[Pair]:
        """What it delivers, and must never go missing."""
        return ((self.to_url, event_type) for event_type in self.event_types)


FIELDS: Final = tuple(field.name for field in fields(Subscription))
# Those that are the same text or number everywhere, in the file as in the account.
OTHERS: Final = tuple(name for name in FIELDS if name not in ("name", "to_url", "event_types"))


@dataclass(frozen=True, slots=True)
class RemoteSubscription:
    """A subscription as the account has it. `id` is opaque; the API may send a number."""

    id: str
    content: Subscription

    def document(self, *, reveal: bool = False) -> dict[str, Any]:
        """Its id, then every field of its content, as plain data."""
        return {"id": self.id, **self.content.document(reveal=reveal)}


def _plain(value: object, *, reveal: bool) -> object:
    if isinstance(value, SecretUrl):
        return value.reveal() if reveal else str(value)
    return list(value) if isinstance(value, tuple) else value
