"""A notification as a Slack message.

Only what is named here is sent: amounts, dates, the invoice's number and the names of the parties. IBANs,
URLs (the document's, say) and metadata are not.
Formats: https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from defacto_webhooks.events import CATALOGUE, RETIRED, words
from defacto_webhooks.notification import Notification, amounts
from defacto_webhooks.redaction.printable import without_invisible
from defacto_webhooks.redaction.suspicion import UUID

_MEANINGS: Final = {event_type.name: event_type.meaning for event_type in (*CATALOGUE, *RETIRED)}
_HEADER_LIMIT: Final = 150  # characters, Slack's
_VALUE_LIMIT: Final = 300
_FACTS_LIMIT: Final = 10  # fields in a section, Slack's
_PARTIES: Final = ("seller", "buyer", "borrower", "debtor")
_IBAN: Final = re.compile(r"\b[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]){10,32}\b", re.IGNORECASE)
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*://|\bwww\.", re.IGNORECASE)
_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def message(notification: Notification) -> dict[str, Any]:
    """The body for an incoming webhook: `text` for search and pop-ups, `blocks` to read."""
    facts = _facts(notification.entity_state)
    title = {"type": "plain_text", "text": _escaped(_title(notification), _HEADER_LIMIT)}
    blocks: list[dict[str, Any]] = [{"type": "header", "text": title}]
    if meaning := _MEANINGS.get(notification.event_type):
        sentence = f"{meaning[0].upper()}{meaning[1:]}."
        blocks.append({"type": "section", "text": _mrkdwn(_escaped(sentence))})
    if facts:
        fields = [_mrkdwn(f"*{label}*\n{_escaped(value)}") for _, label, value in facts]
        blocks.append({"type": "section", "fields": fields})
    about = f"{notification.entity_type} {_kept(notification.id) or ''} · {notification.event_type} · "
    elements = [_mrkdwn(_escaped(about) + _slack_date(notification))]
    blocks.append({"type": "context", "elements": elements})
    return {"text": _escaped(_line(notification, facts), 2_000), "blocks": blocks}


def workflow_input(notification: Notification) -> dict[str, str]:
    """The body for Workflow Builder: strings only, on one level; a workflow declares those it needs."""
    facts = _facts(notification.entity_state)
    return {
        "entity_type": notification.entity_type,
        "transition_name": notification.transition_name or "",
        "status": notification.status,
        "timestamp": notification.timestamp.isoformat(),
        "id": notification.id,
        "event_type": notification.event_type,
        "text": _line(notification, facts),
        **{name: value for name, _, value in facts},
    }


def _title(notification: Notification) -> str:
    """`Loan.TO_REPAY_FEES` → `Loan to repay fees`, `CreditLine.CREATED` → `Credit line created`."""
    title = without_invisible(words(notification.event_type)).strip()
    return f"{title[:1].upper()}{title[1:]}" or "Notification"


def _line(notification: Notification, facts: list[tuple[str, str, str]]) -> str:
    wanted = ("invoice_number", "total_amount", "amount", "due_at")
    by_name = {name: value for name, _, value in facts}
    parts = [
        f"due {by_name[name]}" if name == "due_at" else by_name[name] for name in wanted if name in by_name
    ]
    return ": ".join(filter(None, (_title(notification), ", ".join(parts))))


def _facts(state: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(name, label, value) of what may be sent, at most as many as Slack takes."""
    in_words = ((name, _label(name), text) for name, text in amounts(state))
    return [*_texts(state), *in_words, *_dates(state)][:_FACTS_LIMIT]


def _texts(state: dict[str, Any]) -> Iterable[tuple[str, str, str]]:
    number = _kept(state.get("invoice_number"))
    if number:
        yield "invoice_number", "Invoice", number
    for party in _PARTIES:
        whole = state.get(party)
        name = _kept(whole.get("name")) if isinstance(whole, dict) else None
        if name:
            yield party, party.capitalize(), name


def _dates(state: dict[str, Any]) -> Iterable[tuple[str, str, str]]:
    for name, text in state.items():
        if not re.fullmatch("[a-z_]{1,30}_(?:at|date)", name) or not isinstance(text, str):
            continue
        try:
            date = datetime.fromisoformat(text)
        except ValueError:
            continue
        yield name, _label(name), f"{date.day} {date:%b} {date.year}"


def _label(name: str) -> str:
    label = name.removesuffix("_at").replace("_", " ")
    return f"{label[0].upper()}{label[1:]}"


def _kept(value: object) -> str | None:
    """`value`, if it is text that may be sent."""
    if not isinstance(value, str) or _URL.search(value):
        return None
    if _IBAN.search(value) and not UUID.fullmatch(value):  # one id in six would pass for an IBAN
        return None
    return without_invisible(value).strip() or None


def _escaped(text: str, limit: int = _VALUE_LIMIT) -> str:
    """As Slack wants it (no mention, link or date comes out of it), up to `limit` characters."""
    pieces, length = [], 0
    for character in without_invisible(text):
        piece = _ESCAPES.get(character, character)
        if length + len(piece) > limit - 1:
            pieces.append("…")
            break
        pieces.append(piece)
        length += len(piece)
    return "".join(pieces)


def _mrkdwn(text: str) -> dict[str, str]:
    return {"type": "mrkdwn", "text": text}


def _slack_date(notification: Notification) -> str:
    """In the reader's own time zone."""
    at = notification.timestamp
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    try:
        seconds = int(at.timestamp())
    except (OverflowError, ValueError):
        return at.isoformat()
    return f"<!date^{seconds}^{{date_short_pretty}} at {{time}}|{at.isoformat(timespec='seconds')}>"
