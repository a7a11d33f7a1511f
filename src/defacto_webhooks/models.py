"""The values that travel through the house: subscriptions, settings, notifications."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from defacto_webhooks.secrets import SecretUrl


@dataclass(frozen=True, slots=True)
class Subscription:
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


@dataclass(frozen=True, slots=True)
class RemoteSubscription:
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
    extra_event_types: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Invoice:
    """What of an invoice is shown. `total_amount` is in cents, with a three-letter `currency`."""

    id: str
    status: str
    invoice_number: str
    total_amount: int | None
    currency: str


class Notification(BaseModel):
    """The body of a callback, as on Defacto's page "Create your first webhook".

    Whether `id` is the entity's or the notification's is not documented. Unknown fields are kept.
    """

    model_config = ConfigDict(frozen=True, extra="allow", hide_input_in_errors=True)

    entity_type: str
    transition_name: str | None = None
    status: str
    timestamp: datetime
    id: str
    event_type: str
    entity_state: dict[str, Any]


class InvalidNotification(ValueError):
    """A body that is no notification. `problems` are (field, reason) pairs; they quote nothing of it."""

    def __init__(self, problems: tuple[tuple[str, str], ...]) -> None:
        super().__init__("; ".join(f"{field} {reason}" for field, reason in problems))
        self.problems = problems


def parse_notification(body: bytes | str | Mapping[str, Any]) -> Notification:
    """The notification in the body of a callback: raw, or as a web framework parsed it.

    Raises InvalidNotification.
    """
    try:
        if isinstance(body, (bytes, str)):
            return Notification.model_validate_json(body)
        return Notification.model_validate(body)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False, include_context=False)
        raise InvalidNotification(tuple(map(_problem, details))) from None


def dedupe_key(notification: Notification) -> tuple[str, str, str, str]:
    """What is the same in two deliveries of one notification: entity type, id, event type, time in UTC.

    The time belongs to it: an invoice that is corrected and submitted again is Invoice.SUBMITTED twice.
    """
    at = notification.timestamp
    with suppress(OverflowError):  # the first and the last hours of the calendar
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    return notification.entity_type, notification.id, notification.event_type, at.isoformat()


def _problem(detail: Mapping[str, Any]) -> tuple[str, str]:
    field = ".".join(map(str, detail["loc"])) or "body"
    match detail["type"]:
        case "missing":
            return field, "is missing"
        case "json_invalid":
            return field, "is not JSON"
        case _:
            return field, str(detail["msg"]).removeprefix("Input ")
