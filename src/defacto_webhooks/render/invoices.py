"""An invoice in a few words."""

from __future__ import annotations

from defacto_webhooks.invoice import Invoice
from defacto_webhooks.notification import main_amount
from defacto_webhooks.redaction.printable import line


def title(invoice: Invoice) -> str:
    """`Invoice F-2026-1 for 1,234.56 EUR`."""
    words = f"Invoice {line(invoice.invoice_number) or 'without a number'}"
    amount = main_amount({"total_amount": invoice.total_amount, "currency": invoice.currency})
    return f"{words} for {amount}" if amount else words
