"""Invoices: draft TO_SUBMIT → SUBMITTED → VERIFIED or TO_EDIT; DELETED from anywhere.

Statuses are in the SDK. Which move comes when, and that a deleted invoice can still be read, are guesses.
Every move but the making of a draft is an event, written in the same transaction.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Sequence
from typing import Any, Final

from defacto_webhooks.local_api import notifications
from defacto_webhooks.local_api.pages import Window
from defacto_webhooks.local_api.scenarios import Scenario, scenario_of
from defacto_webhooks.local_api.schemas import InvoiceChange, InvoiceCreation
from defacto_webhooks.local_server.problems import Problem, invalid

STATUSES: Final = ("TO_SUBMIT", "SUBMITTED", "TO_EDIT", "VERIFIED", "DELETED", "DECLINED", "PAID")
_EDITABLE: Final = ("TO_SUBMIT", "TO_EDIT")
_NEEDED: Final = ("buyer", "seller", "due_at", "issued_at", "invoice_number", "total_amount")
# Only SUBMIT is documented; the others are guesses in its manner.
_TRANSITION_NAMES: Final = {
    "SUBMITTED": "SUBMIT",
    "VERIFIED": "VERIFY",
    "TO_EDIT": "REQUEST_EDIT",
    "DELETED": "DELETE",
}
_ONE_DAY_S: Final = 86_400.0
_LISTED: Final = """
    SELECT seq, id, status, fields, document_url,
        json_extract(fields, '$.buyer.identifier') AS buyer,
        json_extract(fields, '$.buyer.identifier_type') AS buyer_type,
        json_extract(fields, '$.seller.identifier') AS seller,
        json_extract(fields, '$.seller.identifier_type') AS seller_type
    FROM invoices
    WHERE seq > :after
    AND status IN (SELECT value FROM json_each(:statuses))
    AND (:ids = '[]' OR id IN (SELECT value FROM json_each(:ids)))
    AND (:buyers = '[]'
        OR EXISTS (SELECT 1 FROM json_each(:buyers) WHERE value IN (buyer, buyer_type || '-' || buyer)))
    AND (:sellers = '[]'
        OR EXISTS (SELECT 1 FROM json_each(:sellers) WHERE value IN (seller, seller_type || '-' || seller)))
    ORDER BY seq LIMIT :rows
"""


class Invoices:
    """The moves of invoices. Times are seconds since 1970; every method runs in the caller's transaction."""

    def __init__(self, verification_delay_s: float) -> None:
        self._verification_delay_s = verification_delay_s

    def create(
        self, connection: sqlite3.Connection, body: InvoiceCreation, *, documents_url: str, now: float
    ) -> dict[str, Any]:
        """A draft, or with `is_draft: false` an invoice that is submitted at once.

        `documents_url` is where documents can be fetched. Raises Problem (422).
        """
        invoice_id, pdf = str(uuid.uuid4()), body.pdf()
        connection.execute(
            "INSERT INTO invoices (id, status, submissions, fields, document, document_url)"
            " VALUES (?, 'TO_SUBMIT', 0, ?, ?, ?)",
            (invoice_id, _dumped(body.fields()), pdf, f"{documents_url}/{invoice_id}" if pdf else None),
        )
        if body.is_draft is False:
            self._submit(connection, invoice_id, now)
        return get(connection, invoice_id)

    def change(
        self, connection: sqlite3.Connection, invoice_id: str, body: InvoiceChange, *, documents_url: str
    ) -> dict[str, Any]:
        """The invoice with the given fields replaced. Raises Problem: 404, or 400 by its status."""
        _require_editable(connection, invoice_id)
        _write(connection, invoice_id, body, documents_url)
        return get(connection, invoice_id)

    def submit(
        self,
        connection: sqlite3.Connection,
        invoice_id: str,
        body: InvoiceChange,
        *,
        documents_url: str,
        now: float,
    ) -> dict[str, Any]:
        """As `change`, and then submitted. Raises Problem: 404, 400, or 422 naming the missing fields."""
        _require_editable(connection, invoice_id)
        _write(connection, invoice_id, body, documents_url)
        self._submit(connection, invoice_id, now)
        return get(connection, invoice_id)

    def delete(self, connection: sqlite3.Connection, invoice_id: str, *, now: float) -> dict[str, Any]:
        """The invoice, from now on DELETED. Raises Problem: 404, or 400 if it is already."""
        if _row(connection, invoice_id)["status"] == "DELETED":
            raise Problem(400, "The invoice is deleted already.")
        connection.execute(
            "UPDATE transitions SET state = 'canceled' WHERE invoice_id = ? AND state = 'pending'",
            (invoice_id,),
        )
        return _enter(connection, invoice_id, "DELETED", now)

    def run_due(self, connection: sqlite3.Connection, *, now: float) -> None:
        """Makes the moves whose time has come, in the order of their times."""
        due = connection.execute(
            "SELECT seq, invoice_id, to_status FROM transitions"
            " WHERE state = 'pending' AND due_at <= ? ORDER BY due_at, seq",
            (now,),
        ).fetchall()
        for row in due:
            connection.execute("UPDATE transitions SET state = 'done' WHERE seq = ?", (row["seq"],))
            _enter(connection, row["invoice_id"], row["to_status"], now)

    def _submit(self, connection: sqlite3.Connection, invoice_id: str, now: float) -> None:
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
        connection.execute("UPDATE invoices SET submissions = submissions + 1 WHERE id = ?", (invoice_id,))
        _enter(connection, invoice_id, "SUBMITTED", now)
        account = fields["to_account"]
        scenario = scenario_of(account and account["account_number"])
        to_status, delay = _outcome(scenario, row["submissions"] + 1, self._verification_delay_s)
        connection.execute(
            "INSERT INTO transitions (invoice_id, to_status, due_at, state) VALUES (?, ?, ?, 'pending')",
            (invoice_id, to_status, now + delay),
        )


def get(connection: sqlite3.Connection, invoice_id: str) -> dict[str, Any]:
    """The invoice as GET answers it. Raises Problem (404)."""
    return _state(_row(connection, invoice_id))


def document(connection: sqlite3.Connection, invoice_id: str) -> bytes:
    """The document as it was uploaded. Raises Problem (404)."""
    row = connection.execute("SELECT document FROM invoices WHERE id = ?", (invoice_id,)).fetchone()
    if row is None or row["document"] is None:
        raise Problem(404, "There is no such document.")
    return bytes(row["document"])


def listed(
    connection: sqlite3.Connection,
    wanted: Window,
    *,
    statuses: Sequence[str] = (),
    ids: Sequence[str] = (),
    buyers: Sequence[str] = (),
    sellers: Sequence[str] = (),
) -> list[tuple[int, dict[str, Any]]]:
    """(number, invoice) pairs that fulfil every filter that is not empty, oldest first.

    A business is named by its identifier or by `<identifier_type>-<identifier>` (the form that the published
    reference uses elsewhere). Deleted invoices are listed only when asked for (a guess).
    """
    rows = connection.execute(
        _LISTED,
        {
            "after": wanted.after,
            "rows": wanted.rows,
            "statuses": json.dumps(statuses or [status for status in STATUSES if status != "DELETED"]),
            "ids": json.dumps([item.lower() for item in ids]),
            "buyers": _names(buyers),
            "sellers": _names(sellers),
        },
    )
    return [(row["seq"], _state(row)) for row in rows]


def _names(filters: Sequence[str]) -> str:
    lowered = [
        f"{kind.lower()}{dash}{rest}" for kind, dash, rest in (item.partition("-") for item in filters)
    ]
    return json.dumps([*filters, *lowered])


def _row(connection: sqlite3.Connection, invoice_id: str) -> sqlite3.Row:
    row: sqlite3.Row | None = connection.execute(
        "SELECT id, status, submissions, fields, document_url FROM invoices WHERE id = ?", (invoice_id,)
    ).fetchone()
    if row is None:
        raise Problem(404, "There is no invoice with this id.")
    return row


def _state(row: sqlite3.Row) -> dict[str, Any]:
    fields = json.loads(row["fields"])
    account = fields["to_account"]
    return {
        "id": row["id"],
        "status": row["status"],
        "is_draft": row["status"] == "TO_SUBMIT",
        **fields,
        "document_url": row["document_url"],
        "loan_ids": [],
        "to_account_details": account
        and {name: value for name, value in account.items() if name != "account_holder"},
    }


def _enter(connection: sqlite3.Connection, invoice_id: str, status: str, now: float) -> dict[str, Any]:
    connection.execute("UPDATE invoices SET status = ? WHERE id = ?", (status, invoice_id))
    state = get(connection, invoice_id)
    notifications.record(
        connection, f"Invoice.{status}", state, transition_name=_TRANSITION_NAMES[status], at=now
    )
    return state


def _write(connection: sqlite3.Connection, invoice_id: str, body: InvoiceChange, documents_url: str) -> None:
    fields = json.loads(_row(connection, invoice_id)["fields"])
    connection.execute(
        "UPDATE invoices SET fields = ? WHERE id = ?", (_dumped({**fields, **body.given()}), invoice_id)
    )
    pdf = body.pdf()
    if pdf:
        connection.execute(
            "UPDATE invoices SET document = ?, document_url = ? WHERE id = ?",
            (pdf, f"{documents_url}/{invoice_id}", invoice_id),
        )


def _require_editable(connection: sqlite3.Connection, invoice_id: str) -> None:
    status = _row(connection, invoice_id)["status"]
    if status not in _EDITABLE:
        raise Problem(400, f"The invoice is {status}; this is possible in TO_SUBMIT and TO_EDIT only.")


def _outcome(scenario: Scenario, submissions: int, delay_s: float) -> tuple[str, float]:
    """The status that verification ends in, and after how many seconds."""
    if scenario is Scenario.FAIL or (scenario is Scenario.REJECT and submissions == 1):
        return "TO_EDIT", delay_s
    return "VERIFIED", delay_s + (_ONE_DAY_S if scenario is Scenario.SUCCESS_ONE_DAY_LATER else 0)


def _dumped(fields: dict[str, Any]) -> str:
    return json.dumps(fields, allow_nan=False)
