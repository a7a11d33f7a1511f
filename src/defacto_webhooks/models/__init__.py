"""The values that travel through the house. A notification is apart, as it takes all of pydantic."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from defacto_webhooks.secrets import SecretUrl


SAMPLE_ID: Final = "00000000-0000-0000-0000-000000000000"  # of what `doctor --probe` sends


class Subscription(NamedTuple):
    """What a subscription is, in the file and in the account: equal exactly when nothing differs.

    `event_types` is sorted and without repeats, so their order never matters. Build it with `of`.
    """

    name: str
    to_url: SecretUrl
    event_types: tuple[str, ...]

    @classmethod
    def of(cls, name: str, to_url: SecretUrl, event_types: Iterable[str]) -> Subscription:
        return cls(name, to_url, tuple(sorted(set(event_types))))

    def pairs(self) -> Iterable[tuple[SecretUrl, str]]:
        """The (URL, event type) pairs that it delivers: what must never go missing."""
        return ((self.to_url, event_type) for event_type in self.event_types)


class RemoteSubscription(NamedTuple):
    """A subscription as the account has it. `id` is opaque; the API may send a number."""

    id: str
    content: Subscription


class UpdateMode(StrEnum):
    """How a subscription that differs is brought in line."""

    REPLACE = "replace"
    PATCH = "patch"


@dataclass(frozen=True, slots=True)
class Settings:
    """The `settings` of the file, with the contract's defaults."""

    prune: bool = True
    name_prefix: str = ""
    ignore: tuple[str, ...] = ()
    protect: tuple[str, ...] = ()
    update: UpdateMode = UpdateMode.REPLACE
    max_delete_percent: int = 30
    extra_event_types: tuple[str, ...] = ()


class Invoice(NamedTuple):
    """What of an invoice is shown. `total_amount` is in cents, with a three-letter `currency`."""

    id: str
    status: str
    invoice_number: str
    total_amount: int | None
    currency: str
