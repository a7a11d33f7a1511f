"""Sample invoices, stored nowhere. They are French, whatever country is asked for."""

from __future__ import annotations

import base64
import secrets
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any, Final

from defacto_webhooks.local_api.scenarios import BIC, Scenario, generate_iban
from defacto_webhooks.local_api.schemas import Counterparty, GeneratorBody

PDF: Final = (files(__package__) / "sample.pdf").read_bytes()  # the document of every generated invoice

# With check digits as they should be.
_SELLER: Final = Counterparty(
    identifier="999999998", identifier_type="siren", name="Moulin Exemple", vat_number="FR11999999998"
)
_BUYER: Final = Counterparty(
    identifier="999999980", identifier_type="siren", name="Boulangerie Exemple", vat_number="FR54999999980"
)


def generate(body: GeneratorBody, now: datetime) -> dict[str, Any]:
    """A body for `POST /invoices`: not a draft, amounts in cents, due in 60 days, dates around `now`."""
    number = f"F-{now:%Y}-{secrets.randbelow(1_000_000):06}"
    net = 10_000 + secrets.randbelow(490_000)
    tax = net // 5
    seller = body.seller or _SELLER
    buyer = body.buyer or _BUYER
    holder = {"identifier": seller.identifier, "identifier_type": seller.identifier_type}
    today = datetime(now.year, now.month, now.day, tzinfo=UTC)
    return {
        "invoice_number": number,
        "is_draft": False,
        "buyer": buyer.model_dump(),
        "seller": seller.model_dump(),
        "currency": "EUR",
        "issued_at": today.isoformat(),
        "due_at": (today + timedelta(days=60)).isoformat(),
        "net_amount": net,
        "tax_amount": tax,
        "total_amount": net + tax,
        "to_pay_amount": net + tax,
        "to_account": {
            "account_number": generate_iban(Scenario(body.scenario)),
            "account_number_type": "iban",
            "bank_identifier": BIC,
            "bank_identifier_type": "bic",
            "account_holder": holder if None not in holder.values() else None,
        },
        "document": base64.b64encode(PDF).decode("ascii"),
        "metadata": {},
    }
