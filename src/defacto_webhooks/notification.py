"""The body of a callback, for the code that receives it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

_AMOUNT: Final = re.compile("(?:[a-z_]{1,30}_)?amount")
_CURRENCY: Final = re.compile("[A-Z]{3}")
SAMPLE_ID: Final = "00000000-0000-0000-0000-000000000000"  # of what `doctor --probe` sends


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

    @property
    def is_sample(self) -> bool:
        """Whether `defacto-webhooks doctor --probe` sent it: nothing happened."""
        return self.id == SAMPLE_ID


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


def amounts(entity_state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Field and text, `1,234.56 EUR`, of each amount. They come in whole cents (documented), and without a
    currency a number would say nothing."""
    currency = entity_state.get("currency")
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        return
    for name, cents in entity_state.items():
        if _AMOUNT.fullmatch(name) and type(cents) is int and abs(cents) < 10**15:
            sign, units = "-" if cents < 0 else "", abs(cents)
            yield name, f"{sign}{units // 100:,}.{units % 100:02d} {currency}"


def main_amount(entity_state: Mapping[str, Any]) -> str | None:
    """The amount that says most about the entity; None where it has none."""
    found = dict(amounts(entity_state))
    return next((found[name] for name in ("total_amount", "amount", *found) if name in found), None)


def _problem(detail: Mapping[str, Any]) -> tuple[str, str]:
    field = ".".join(map(str, detail["loc"])) or "body"
    match detail["type"]:
        case "missing":
            return field, "is missing"
        case "json_invalid":
            return field, "is not JSON"
        case _:
            return field, str(detail["msg"]).removeprefix("Input ")
