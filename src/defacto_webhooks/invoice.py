"""An invoice, as far as it is shown."""

from __future__ import annotations

from typing import NamedTuple


class Invoice(NamedTuple):
    """What of an invoice is shown. `total_amount` is in cents, with a three-letter `currency`."""

    id: str
    status: str
    invoice_number: str
    total_amount: int | None
    currency: str
