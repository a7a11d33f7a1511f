"""A request as it came in, read as a notification."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from defacto_webhooks.inbox.redacted_view import shown_path
from defacto_webhooks.local_server.request_body import check_json
from defacto_webhooks.notification import (
    InvalidNotification,
    Notification,
    dedupe_key,
    main_amount,
    parse_notification,
)

_FIELDS: Final = ("event_type", "entity_type", "id", "status", "transition_name", "timestamp")
_FIELD_LIMIT: Final = 200  # characters kept for lists; the body has them whole


@dataclass(frozen=True, slots=True)
class IncomingRequest:
    """One POST. `path` is decoded, `query` is not; `received_at` is in seconds since 1970; `source` is the
    caller's address, as far as it is known."""

    inbox: str
    received_at: float
    source: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class ParsedBody:
    """What a body says.

    `fields` are the top-level strings that it has, also where it is no notification, and the `number` and
    the `amount` of the entity. `problems` say what differs from the documented schema; they quote nothing.
    `search` is the body's text for searching.
    """

    notification: Notification | None
    is_json: bool
    fields: dict[str, str]
    problems: tuple[str, ...]
    search: str

    @property
    def key(self) -> str | None:
        """What deliveries of the same notification have in common; None where it is none."""
        return None if self.notification is None else json.dumps(dedupe_key(self.notification))


@dataclass(frozen=True, slots=True)
class Received:
    """What was stored. `duplicate_of` is the number of the first delivery of the same notification."""

    seq: int
    request: IncomingRequest
    parsed: ParsedBody
    duplicate_of: int | None

    @property
    def shown_path(self) -> str:
        """The path, with what may be secret in it left out."""
        return shown_path(self.request.path, self.request.inbox)


def parse_body(body: bytes) -> ParsedBody:
    """Never raises: what is wrong with `body` is among the problems."""
    try:
        value = check_json(body)
    except ValueError as error:
        what = f"the body is not JSON{error}" if body.strip() else "the body is empty"
        return ParsedBody(None, False, {}, (what,), body.decode("utf-8", "replace").casefold())
    search = json.dumps(value, ensure_ascii=False).casefold()
    try:
        return ParsedBody(parse_notification(body), True, _fields(value), (), search)
    except InvalidNotification as error:
        problems = tuple(f"{field} {reason}" for field, reason in error.problems)
        return ParsedBody(None, True, _fields(value), problems, search)


def _fields(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    fields = {name: value.get(name) for name in _FIELDS}
    state = value.get("entity_state")
    if isinstance(state, dict):
        fields |= {"number": state.get("invoice_number"), "amount": main_amount(state)}
    return {name: text[:_FIELD_LIMIT] for name, text in fields.items() if isinstance(text, str)}
