"""An invoice, as far as it is shown."""

from __future__ import annotations

from typing import NamedTuple

from defacto_webhooks.notification import main_amount
from defacto_webhooks.redaction.printable import line


class Invoice(NamedTuple):
    """What of an invoice is shown. `total_amount` is in cents, with a three-letter `currency`."""

    id: str
    status: str
    invoice_number: str
    total_amount: int | None
    currency: str

    @property
    def title(self) -> str:
        """`Invoice F-2026-1 for 1,234.56 EUR`, harmless to print."""
        words = f"Invoice {line(self.invoice_number) or 'without a number'}"
        amount = main_amount({"total_amount": self.total_amount, "currency": self.currency})
        return f"{words} for {amount}" if amount else words
