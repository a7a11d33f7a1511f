"""The catalogue of event types: entities, statuses, globs and suggestions.

Source: Defacto's published TypeScript SDK, generated from its OpenAPI document. The live catalogue
may be ahead of it, so a file can add types (`settings.extra_event_types`) and an unknown type in an
account is never an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Final, NamedTuple


class EventType(NamedTuple):
    """One event type of the catalogue; `name` is what the API uses."""

    entity: str
    status: str
    meaning: str

    @property
    def name(self) -> str:
        return f"{self.entity}.{self.status}"


CATALOGUE: Final = tuple(
    EventType(entity, status, meaning)
    for entity, statuses in {
        "CreditLine": {
            "CREATED": "a credit line was opened",
            "POOL_AMOUNT_UPDATED": "the amount of its pool changed",
        },
        "CreditLimit": {
            "UPDATED": "a borrower's credit limit changed",
        },
        "Loan": {
            "SUBMITTED": "a loan was asked for",
            "VALIDATED": "the request passed its checks",
            "SCHEDULED": "the payout has a date",
            "INITIATED": "the payout is on its way",
            "CANCELED": "the request was withdrawn",
            "DECLINED": "the request was refused",
            "TO_REPAY": "paid out; the principal is to be repaid",
            "TO_REPAY_FEES": "principal repaid; fees are still open",
            "OVERDUE": "the due date passed without full repayment",
            "ISSUE_DETECTED": "something needs a person's look",
            "CLOSED": "everything is repaid",
            "DELETED": "the loan was deleted",
        },
        "Payment": {
            "SCHEDULED": "a payment has a date",
            "INSTRUCTED": "the bank was told to pay",
            "IN_TRANSIT": "the money is on its way",
            "PAID": "the money arrived",
            "CANCELED": "the payment was called off",
            "FAILED": "the payment did not go through",
        },
        "Invoice": {
            "SUBMITTED": "an invoice was handed in for verification",
            "TO_EDIT": "verification asks for a correction",
            "VERIFIED": "verification passed",
            "DELETED": "the invoice was deleted",
        },
    }.items()
    for status, meaning in statuses.items()
)
EVENT_TYPES: Final = tuple(event_type.name for event_type in CATALOGUE)

# The live catalogue has a few names without a dot, such as BorrowerFinancialProductCreated.
SHAPE: Final = r"[A-Z][A-Za-z0-9]*(?:\.[A-Z][A-Z0-9_]*)?"
_CAPITAL_INSIDE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def is_glob(pattern: str) -> bool:
    """Whether `pattern` stands for several event types, as `Loan.*` does."""
    return any(character in pattern for character in "*?[")


def has_event_type_shape(name: str) -> bool:
    """Whether `name` can be an event type: `Entity.STATUS`, rarely one word."""
    return re.fullmatch(SHAPE, name) is not None


def expand(pattern: str, known: Iterable[str] = EVENT_TYPES) -> tuple[str, ...]:
    """The event types of `known` that `pattern`, a name or a case-sensitive glob, stands for."""
    return tuple(name for name in known if fnmatchcase(name, pattern))


def suggest(name: str, known: Iterable[str] = EVENT_TYPES) -> str | None:
    """The event type that was probably meant by `name`, or None."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    from difflib import get_close_matches

    close = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None


def entity_slug(event_type: str) -> str:
    """`CreditLine.CREATED` → `credit_line`: the `{entity}` placeholder and a notification's `entity_type`."""
    return _CAPITAL_INSIDE.sub("_", event_type.partition(".")[0]).lower()


def status_slug(event_type: str) -> str:
    """`Loan.TO_REPAY` → `to_repay`: the `{status}` placeholder."""
    return event_type.partition(".")[2].lower()
