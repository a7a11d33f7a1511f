"""The calls that make an invoice, as far as `trigger` uses them: one invoice, its statuses in a row."""

from __future__ import annotations

from collections.abc import Sequence

from tests.faulty_server.messages import Answer, Call, Request, as_json

ID = "4f5c9a60-0000-4000-8000-000000000001"
PAYLOAD = {"invoice_number": "F-2026-1", "is_draft": False, "total_amount": 123_456, "currency": "EUR"}


class Invoices:
    def __init__(self, statuses: Sequence[str]) -> None:
        self._statuses = list(statuses)

    def answer(self, entry: Request) -> Answer:
        if entry.call is Call.GENERATE:
            return as_json(201, {"invoice_creation_payload": PAYLOAD})
        status = self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]
        made = entry.call is Call.INVOICE
        return as_json(201 if made else 200, {**PAYLOAD, "id": ID, "status": status})
