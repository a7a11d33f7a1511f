"""The catalogue of event types.

Names: Defacto's API reference, as published in July 2026 (`AS_OF`). What each one means is not documented
there; the meanings are ours. The list will move again, so a file can add types
(`settings.extra_event_types`), and an unknown type in an account is never an error.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from defacto_webhooks.phrases import some

SOURCE: Final = "Defacto's API reference"
AS_OF: Final = "2026-07"  # the month in which that reference was published


class EventType(NamedTuple):
    """One event type; `name` is the API's. `entity` and `status` are its two parts, as `split` finds them."""

    name: str
    entity: str
    status: str
    meaning: str


_WORD_START: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def split(name: str) -> tuple[str, str]:
    """Entity and status: `Loan.TO_REPAY` → `Loan`, `TO_REPAY`.

    A name without a dot ends with its status, the last capitalised word: `CreditNoteCreated` →
    `CreditNote`, `Created`. Where there is only one word, the status is empty.
    """
    if "." in name:
        entity, _, status = name.partition(".")
        return entity, status
    starts = [match.start() for match in _WORD_START.finditer(name)] or [len(name)]
    return name[: starts[-1]], name[starts[-1] :]


def _event_types(meanings: dict[str, str]) -> tuple[EventType, ...]:
    return tuple(EventType(name, *split(name), meaning) for name, meaning in meanings.items())


CATALOGUE: Final = _event_types(
    {
        "Invoice.SUBMITTED": "an invoice was handed in for verification",
        "Invoice.TO_EDIT": "verification asks for a correction",
        "Invoice.VERIFIED": "verification passed",
        "Invoice.DECLINED": "the invoice was refused",
        "Invoice.DELETED": "the invoice was deleted",
        "Loan.SUBMITTED": "a loan was requested",
        "Loan.TO_VALIDATE": "the request needs somebody's approval",
        "Loan.PENDING_VALIDATION": "the request is being checked",
        "Loan.VALIDATED": "the request passed its checks",
        "Loan.SCHEDULED": "the payout has a date",
        "Loan.INITIATED": "the payout is on its way",
        "Loan.CANCELED": "the request was withdrawn",
        "Loan.DECLINED": "the request was refused",
        "Loan.TO_REPAY": "paid out; the principal is to be repaid",
        "Loan.TO_REPAY_FEES": "principal repaid; fees are still open",
        "Loan.ISSUE_DETECTED": "something needs a person's attention",
        "Loan.CLOSED": "everything is repaid",
        "Loan.DELETED": "the loan was deleted",
        "Payment.SCHEDULED": "a payment has a date",
        "Payment.INSTRUCTED": "the bank was told to pay",
        "Payment.IN_TRANSIT": "the money is on its way",
        "Payment.PAID": "the money arrived",
        "Payment.CANCELED": "the payment was called off",
        "Payment.FAILED": "the payment did not go through",
        "CreditLine.CREATED": "a credit line was opened",
        "CreditLine.BALANCE_UPDATED": "its balance changed",
        "CreditLine.POOL_AMOUNT_UPDATED": "the amount of its pool changed",
        "CreditLimit.UPDATED": "a borrower's credit limit changed",
        "CounterpartyCreditLimit.CREATED": "a counterparty was given a credit limit",
        "CounterpartyCreditLimit.UPDATED": "a counterparty's credit limit changed",
        "BorrowerFinancialProductCreated": "a borrower was given a financial product",
        "BorrowerFinancialProductUpdated": "a borrower's financial product changed",
    }
)
EVENT_TYPES: Final = tuple(event_type.name for event_type in CATALOGUE)

# Were in an older list (Defacto's TypeScript SDK of 2023) and left the reference: accepted where a file
# writes one out, but no glob stands for them, since the API presumably refuses what it does not have.
RETIRED: Final = _event_types({"Loan.OVERDUE": "the due date passed without full repayment"})
_RETIRED_NAMES: Final = frozenset(event_type.name for event_type in RETIRED)

_SHOWN: Final = 5  # names in a note
SHAPE: Final = r"[A-Z][A-Za-z0-9]*(?:\.[A-Z][A-Z0-9_]*)?"


def has_event_type_shape(name: str) -> bool:
    """Whether `name` can be an event type: `Entity.STATUS`, or words without a dot."""
    return re.fullmatch(SHAPE, name) is not None


def is_retired(name: str) -> bool:
    """Whether `name` was an event type once and has left the reference."""
    return name in _RETIRED_NAMES


def unlisted(event_types: Iterable[str], known: Collection[str] = ()) -> tuple[str, ...]:
    """Those of `event_types` that are new: not in the catalogue, not retired, not in `known`; sorted."""
    return tuple(sorted(set(event_types).difference(EVENT_TYPES, _RETIRED_NAMES, known)))


def unlisted_note(event_types: Iterable[str], known: Collection[str] = ()) -> str | None:
    """One line on what an account is subscribed to that neither the catalogue nor the file (`known`) has.

    What it is, and what to do; None where there is nothing.
    """
    held = set(event_types)
    new, retired = unlisted(held, known), sorted(held.intersection(_RETIRED_NAMES).difference(known))
    notes = []
    if new:
        are, them = ("is", "it") if len(new) == 1 else ("are", "them")
        notes.append(
            f"{', '.join(some(new, _SHOWN))} {are} in the account, but in neither the built-in catalogue"
            f" nor the file: if Defacto has added {them}, list {them} under `settings.extra_event_types`"
        )
    if retired:
        are, their = ("is", "its") if len(retired) == 1 else ("are", "their")
        notes.append(
            f"{', '.join(some(retired, _SHOWN))} {are} in the account, but no longer in Defacto's reference:"
            f" subscribe to what took {their} place"
        )
    return "; ".join(notes) or None


def is_glob(pattern: str) -> bool:
    """Whether `pattern` stands for several event types, as `Loan.*` does."""
    return any(character in pattern for character in "*?[")


def glob(event_type: str) -> str:
    """The glob for all event types of the same entity: `Loan.*`, `BorrowerFinancialProduct*`."""
    return f"{split(event_type)[0]}{'.' if '.' in event_type else ''}*"


def expand(pattern: str, known: Iterable[str] = EVENT_TYPES) -> tuple[str, ...]:
    """The event types of `known` that `pattern`, a name or a case-sensitive glob, stands for.

    No glob stands for a retired one, even where `known` has it.
    """
    return tuple(
        name for name in known if name == pattern or (fnmatchcase(name, pattern) and not is_retired(name))
    )


def suggest(name: str, known: Iterable[str] = EVENT_TYPES) -> str | None:
    """The event type that was probably meant by `name` (for a bare entity, its glob), or None.

    Entity and status are compared separately: a status that resembles none of its entity's is a new one.
    """
    by_entity: dict[str, dict[str, str]] = {}
    for candidate in known:
        entity, status = map(words, split(candidate))
        by_entity.setdefault(entity, {"": glob(candidate)})[status] = candidate
    spelled = {
        f"{entity} {status}".strip(): by_entity[entity][status]
        for entity in by_entity
        for status in by_entity[entity]
    }
    if words(name) in spelled:  # LOAN_CLOSED, LoanClosed, loan.closed
        return spelled[words(name)]
    entity, status = map(words, split(name.rstrip("*")))
    for near in get_close_matches(entity, by_entity, n=1, cutoff=0.75):
        for found in get_close_matches(status, by_entity[near], n=1, cutoff=0.65):
            return by_entity[near][found]
    return None


def entity_slug(event_type: str) -> str:
    """`CreditLine.CREATED` → `credit_line`: the `{entity}` placeholder and a notification's `entity_type`."""
    return words(split(event_type)[0]).replace(" ", "_")


def status_slug(event_type: str) -> str:
    """`Loan.TO_REPAY` → `to_repay`: the `{status}` placeholder."""
    return split(event_type)[1].lower()


def words(name: str) -> str:
    """`Loan.TO_REPAY_FEES` → `loan to repay fees`."""
    return re.sub("[._ ]+", " ", _WORD_START.sub(" ", name)).strip().lower()
