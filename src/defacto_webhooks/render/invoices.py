"""An invoice in a few words."""

from __future__ import annotations

from defacto_webhooks.invoice import Invoice
from defacto_webhooks.redaction.printable import line


def title(invoice: Invoice) -> str:
    """`Invoice F-2026-1 over 1,234.56 EUR`."""
    words = f"Invoice {line(invoice.invoice_number) or 'without a number'}"
    if invoice.total_amount is None:
        return words
    return f"{words} over {invoice.total_amount / 100:,.2f} {line(invoice.currency)}".rstrip()
