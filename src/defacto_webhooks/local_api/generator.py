"""Sample invoices, made up from nothing and stored nowhere."""

from __future__ import annotations

import base64
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from defacto_webhooks.local_api.scenarios import BIC, Scenario, generate_iban
from defacto_webhooks.local_api.schemas import GeneratorBody

_TAX_PERCENT: Final = {"FRA": 20, "ESP": 21, "NLD": 21, "DEU": 19, "BEL": 21}
_BUYERS: Final = {"FRA": "Boulangerie Exemple", "ESP": "Panadería Ejemplo", "NLD": "Bakkerij Voorbeeld"}
_SELLERS: Final = {"FRA": "Moulin Exemple", "ESP": "Molino Ejemplo", "NLD": "Molen Voorbeeld"}


def generate(body: GeneratorBody, now: datetime) -> dict[str, Any]:
    """A body for `POST /invoices`: not a draft, amounts in cents, due in 60 days, dates around `now`."""
    country = body.country or "FRA"
    number = f"F-{now:%Y}-{_digits(6)}"
    net = 10_000 + secrets.randbelow(490_000)
    tax = round(net * _TAX_PERCENT[country] / 100)
    seller = _business(country, _SELLERS.get(country, "Muster Mühle"))
    buyer = _business(country, _BUYERS.get(country, "Muster Bäckerei"))
    if body.seller is not None:
        seller = body.seller.model_dump()
    if body.buyer is not None:
        buyer = body.buyer.model_dump()
    today = datetime(now.year, now.month, now.day, tzinfo=UTC)
    return {
        "invoice_number": number,
        "is_draft": False,
        "buyer": buyer,
        "seller": seller,
        "currency": "EUR",
        "issued_at": today.isoformat(),
        "due_at": (today + timedelta(days=60)).isoformat(),
        "net_amount": net,
        "tax_amount": tax,
        "total_amount": net + tax,
        "to_pay_amount": net + tax,
        "to_account": {
            "account_number": generate_iban(country, Scenario(body.scenario or "SUCCESS")),
            "account_number_type": "iban",
            "bank_identifier": BIC,
            "bank_identifier_type": "bic",
            "account_holder": seller,
        },
        "document": base64.b64encode(pdf(number)).decode("ascii"),
        "metadata": {},
    }


def pdf(number: str) -> bytes:
    """A one-page PDF for the invoice with this number (letters, digits, dashes); the same each time."""
    text = f"BT /F1 18 Tf 72 760 Td (Sample invoice {number}) Tj ET".encode("ascii")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    content = b"%PDF-1.4\n"
    offsets = []
    for index, item in enumerate(objects, 1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (index, item)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return (
        content
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
        + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(content))
    )


def _business(country: str, name: str) -> dict[str, Any]:
    identifier_type, identifier, vat_number = _IDENTIFIERS[country]()
    return {
        "identifier": identifier,
        "identifier_type": identifier_type,
        "name": name,
        "vat_number": vat_number,
    }


def _french() -> tuple[str, str, str]:
    """A SIREN with a valid Luhn digit, and the VAT number that follows from it."""
    start = _digits(8)
    total = sum(
        digit if index % 2 == 0 else sum(divmod(digit * 2, 10)) for index, digit in enumerate(map(int, start))
    )
    siren = f"{start}{-total % 10}"
    return "siren", siren, f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


def _belgian() -> tuple[str, str, str]:
    start = f"0{_digits(7)}"
    number = f"{start}{97 - int(start) % 97:02d}"
    return "belgium_registration_number", number, f"BE{number}"


_IDENTIFIERS: Final = {
    "FRA": _french,
    "ESP": lambda: ("cif", f"B{_digits(8)}", None),
    "NLD": lambda: ("kvk", _digits(8), None),
    "DEU": lambda: ("hr_nummer", f"HRB{_digits(6)}", None),
    "BEL": _belgian,
}


def _digits(count: int) -> str:
    """Random digits, the first of which is not a zero."""
    return str(10 ** (count - 1) + secrets.randbelow(9 * 10 ** (count - 1)))
