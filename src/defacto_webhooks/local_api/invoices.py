"""Invoices: a draft is TO_SUBMIT; SUBMITTED → VERIFIED, TO_EDIT or DECLINED; DELETED from anywhere.

The statuses are in Defacto's reference; PAID is one of them, but nothing here pays. Which move comes when,
and that a deleted invoice can still be read, are guesses. Every move but the making of a draft is an event,
written in the same transaction, which is the caller's. Times are seconds since 1970; `delay_s` is how long
verification takes.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Mapping
from typing import Any, Final

from defacto_webhooks.local_api import notifications
from defacto_webhooks.local_api.scenarios import Scenario, scenario_of
from defacto_webhooks.local_api.schemas import InvoiceCreation, InvoiceFields
from defacto_webhooks.local_api.tables import drop_oldest
from defacto_webhooks.local_server.problems import Problem, invalid

_EDITABLE: Final = ("TO_SUBMIT", "TO_EDIT")
_NEEDED: Final = ("buyer", "seller", "due_at", "issued_at", "invoice_number", "total_amount")
# Only SUBMIT is documented; the others are guesses in its manner.
_TRANSITION_NAMES: Final = {
    "SUBMITTED": "SUBMIT",
    "VERIFIED": "VERIFY",
    "TO_EDIT": "REQUEST_EDIT",
    "DECLINED": "DECLINE",
    "DELETED": "DELETE",
}
_REASONS: Final = {
    "TO_EDIT": "The sandbox asks for a correction, as the invoice's scenario says.",
    "DECLINED": "The sandbox declines the invoice, as its scenario says.",
}
_ONE_DAY_S: Final = 86_400.0


def create(
    connection: sqlite3.Connection, body: InvoiceCreation, *, now: float, delay_s: float
) -> dict[str, Any]:
    """A draft, or with `is_draft: false` an invoice that is submitted at once. Raises Problem (422)."""
    invoice_id = str(uuid.uuid4())
    fields = body.model_dump(exclude={"document", "is_draft"})
    connection.execute(
        "INSERT INTO invoices (id, status, submissions, fields) VALUES (?, 'TO_SUBMIT', 0, ?)",
        (invoice_id, _dumped(fields)),
    )
    drop_oldest(connection)
    if body.is_draft is False:
        _submit(connection, invoice_id, now, delay_s)
    return get(connection, invoice_id)


def submit(
    connection: sqlite3.Connection, invoice_id: str, body: InvoiceFields, *, now: float, delay_s: float
) -> dict[str, Any]:
    """The invoice with the given fields replaced, submitted.

    Raises Problem: 404, 400 by its status, or 422 naming the missing fields.
    """
    row = _row(connection, invoice_id)
    if row["status"] not in _EDITABLE:
        raise Problem(400, f"{row['status']} can't be submitted, only TO_SUBMIT and TO_EDIT.")
    given = {name: value for name, value in body.model_dump().items() if value is not None}
    fields = {**json.loads(row["fields"]), **given}
    connection.execute("UPDATE invoices SET fields = ? WHERE id = ?", (_dumped(fields), invoice_id))
    _submit(connection, invoice_id, now, delay_s)
    return get(connection, invoice_id)


def delete(connection: sqlite3.Connection, invoice_id: str, *, now: float) -> dict[str, Any]:
    """The invoice, from now on DELETED. Raises Problem: 404, or 400 if it is already."""
    if _row(connection, invoice_id)["status"] == "DELETED":
        raise Problem(400, "The invoice is already deleted.")
    return _enter(connection, invoice_id, "DELETED", now)


def run_due(connection: sqlite3.Connection, *, now: float) -> None:
    """Makes the moves whose time has come, in the order of their times."""
    due = connection.execute(
        "SELECT id, next_status FROM invoices WHERE due_at <= ? ORDER BY due_at, seq", (now,)
    ).fetchall()
    for row in due:
        _enter(connection, row["id"], row["next_status"], now)


def _submit(connection: sqlite3.Connection, invoice_id: str, now: float, delay_s: float) -> None:
    row = _row(connection, invoice_id)
    fields = json.loads(row["fields"])
    missing = [(name, "is required") for name in _NEEDED if fields[name] in (None, "")]
    missing += [
        (f"{role}.identifier", "is required")
        for role in ("buyer", "seller")
        if fields[role] is not None and not fields[role]["identifier"]
    ]
    if missing:
        raise invalid(*missing)
    _enter(connection, invoice_id, "SUBMITTED", now)
    scenario = scenario_of((fields["to_account"] or {}).get("account_number"))
    next_status, delay = _outcome(scenario, row["submissions"] + 1, delay_s)
    connection.execute(
        "UPDATE invoices SET submissions = submissions + 1, next_status = ?, due_at = ? WHERE id = ?",
        (next_status, now + delay, invoice_id),
    )


def get(connection: sqlite3.Connection, invoice_id: str) -> dict[str, Any]:
    """The invoice as GET answers it. Raises Problem (404)."""
    row = _row(connection, invoice_id)
    return representation(row["id"], row["status"], json.loads(row["fields"]))


def next_move_at(connection: sqlite3.Connection) -> float:
    """When the next move is due; infinity where none is."""
    due_at = connection.execute("SELECT min(due_at) FROM invoices").fetchone()[0]
    return float("inf") if due_at is None else float(due_at)


def representation(invoice_id: str, status: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """An invoice with the `fields` that it was created with, in the reference's shape.

    What that demands and a draft may lack is empty or 0.
    """
    account = fields["to_account"]
    return {
        "id": invoice_id,
        "status": status,
        "status_reason": _REASONS.get(status),
        "is_draft": status == "TO_SUBMIT",
        "buyer": _counterparty(fields["buyer"]),
        "seller": _counterparty(fields["seller"]),
        "currency": fields["currency"] or "EUR",
        "due_at": fields["due_at"],
        "issued_at": fields["issued_at"],
        "invoice_number": fields["invoice_number"] or "",
        "metadata": fields["metadata"],
        "net_amount": fields["net_amount"] or 0,
        "tax_amount": fields["tax_amount"],
        "to_pay_amount": fields["to_pay_amount"],
        "total_amount": fields["total_amount"],
        "document_url": None,
        "loan_ids": [],
        "to_account_details": account
        and {
            "account_number": account["account_number"],
            "account_number_type": account["account_number_type"],
            "bank_identifier": account["bank_identifier"] or "",
            "bank_identifier_type": account["bank_identifier_type"],
        },
    }


def _counterparty(given: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return given and {**given, "id": None, "business_id": None, "identifier": given["identifier"] or ""}


def _row(connection: sqlite3.Connection, invoice_id: str) -> sqlite3.Row:
    row: sqlite3.Row | None = connection.execute(
        "SELECT id, status, submissions, fields FROM invoices WHERE id = ?", (invoice_id,)
    ).fetchone()
    if row is None:
        raise Problem(404, "There is no invoice with this id.")
    return row


def _enter(connection: sqlite3.Connection, invoice_id: str, status: str, now: float) -> dict[str, Any]:
    connection.execute(
        "UPDATE invoices SET status = ?, next_status = NULL, due_at = NULL WHERE id = ?", (status, invoice_id)
    )
    state = get(connection, invoice_id)
    notifications.publish(
        connection, f"Invoice.{status}", state, transition_name=_TRANSITION_NAMES[status], at=now
    )
    return state


def _outcome(scenario: Scenario, submissions: int, delay_s: float) -> tuple[str, float]:
    """The status that verification ends in, and after how many seconds."""
    match scenario:
        case Scenario.CANCEL:
            return "DECLINED", delay_s
        case Scenario.FAIL:
            return "TO_EDIT", delay_s
        case Scenario.REJECT if submissions == 1:
            return "TO_EDIT", delay_s
        case Scenario.SUCCESS_ONE_DAY_LATER:
            return "VERIFIED", delay_s + _ONE_DAY_S
        case _:
            return "VERIFIED", delay_s


def _dumped(fields: Mapping[str, Any]) -> str:
    return json.dumps(fields, allow_nan=False)
