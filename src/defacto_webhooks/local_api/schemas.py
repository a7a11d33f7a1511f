"""Request bodies, as in Defacto's API reference of July 2026; unknown fields are ignored."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import httpx
from pydantic import AfterValidator, Field

from defacto_webhooks.events import EVENT_TYPES
from defacto_webhooks.local_server.request_body import RequestBody

_KNOWN_EVENT_TYPES: Final = frozenset(EVENT_TYPES)


def _event_type(name: str) -> str:
    if name not in _KNOWN_EVENT_TYPES:
        raise ValueError("is not an event type that Defacto has, such as Invoice.SUBMITTED")
    return name


def _callback_url(text: str) -> str:
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        raise ValueError("is not a valid URL") from None
    if url.scheme not in ("http", "https") or not url.raw_host:
        raise ValueError("is not an http or https URL")
    if not 0 < (url.port or 443) < 65_536:
        raise ValueError("has an invalid port")
    return text


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("is not a date and time such as 2024-01-31T00:00:00+00:00") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


EventTypeName = Annotated[str, AfterValidator(_event_type)]
Moment = Annotated[str, AfterValidator(_moment)]
Currency = Literal["EUR", "GBP"]
IdentifierType = Literal[
    "belgium_registration_number",
    "bsn",
    "cif",
    "hr_nummer",
    "kvk",
    "name",
    "nif",
    "siren",
    "siret",
    "steuernummer",
    "vat_number",
]


class SubscriptionBody(RequestBody):
    """`POST /webhooks` and `PATCH /webhook/{id}`: the same object. Its fields are stored and served."""

    name: str
    to_url: Annotated[str, AfterValidator(_callback_url)]
    event_types: Annotated[list[EventTypeName], Field(min_length=1)]


class Counterparty(RequestBody):
    """A buyer or a seller."""

    identifier: str | None = None
    identifier_type: IdentifierType | None = None
    name: str | None = None
    vat_number: str | None = None


class AccountHolder(RequestBody):
    """Who an account belongs to."""

    identifier: str
    identifier_type: IdentifierType


class BankAccount(RequestBody):
    """The account that an invoice asks to be paid to."""

    account_number: str
    account_number_type: Literal["iban", "account_number", "internal_id"] = "iban"
    bank_identifier: str | None = None
    bank_identifier_type: Literal["bic", "name", "routing_number", "undefined"] = "bic"
    account_holder: AccountHolder | None = None


class InvoiceFields(RequestBody):
    """`POST /invoice/{id}/submit`: what is given, and not null, changes. Amounts in cents."""

    buyer: Counterparty | None = None
    seller: Counterparty | None = None
    currency: Currency | None = None
    due_at: Moment | None = None
    issued_at: Moment | None = None
    invoice_number: str | None = None
    metadata: dict[str, Any] | None = None
    net_amount: int | None = None
    tax_amount: int | None = None
    to_pay_amount: int | None = None
    total_amount: int | None = None
    to_account: BankAccount | None = None


class InvoiceCreation(InvoiceFields):
    """`POST /invoices`. The document is taken and not kept.

    Of `is_draft` the reference says both true and false where it is missing: here, it is a draft.
    """

    document: str
    is_draft: bool | None = None


class GeneratorBody(RequestBody):
    """`POST /sandbox/invoice-generator`."""

    buyer: Counterparty | None = None
    seller: Counterparty | None = None
    country: Literal["BEL", "DEU", "ESP", "FRA", "GUF", "ISL", "MAF", "NLD", "REU"] = "FRA"
    scenario: Literal["CANCEL", "FAIL", "REJECT", "SUCCESS", "SUCCESS_ONE_DAY_LATER"] = "SUCCESS"


class EventBody(RequestBody):
    """`POST /sandbox/events`, which is ours: Defacto has no such call."""

    event_type: EventTypeName
    id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    transition_name: Annotated[str, Field(max_length=200)] | None = None
    entity_state: dict[str, Any] | None = None
