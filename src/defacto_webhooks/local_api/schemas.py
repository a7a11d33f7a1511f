"""The request bodies, as in Defacto's SDK. Unknown fields are let through and dropped."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import httpx
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from defacto_webhooks.events import EVENT_TYPES, has_event_type_shape

# In the published reference, and without the dot that all others have.
_UNDOTTED_EVENT_TYPES: Final = frozenset(
    {"BorrowerFinancialProductCreated", "BorrowerFinancialProductUpdated"}
)


def _event_type(name: str) -> str:
    # Shape only, not the catalogue: Defacto's list grows, and a user may be ahead of this package.
    if name in EVENT_TYPES or name in _UNDOTTED_EVENT_TYPES or has_event_type_shape(name):
        return name
    raise ValueError("is not an event type, as Invoice.SUBMITTED is one")


def _callback_url(text: str) -> str:
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        raise ValueError("is not a valid URL") from None
    if url.scheme not in ("http", "https") or not url.raw_host:
        raise ValueError("is not an http or https URL")
    if not 0 < (url.port or 443) < 65_536:
        raise ValueError("has a port that is none")
    return text


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("is not a date and time, as 2024-01-31T00:00:00+00:00 is one") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


def _base64(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not base64") from None
    return text


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, hide_input_in_errors=True)


EventTypeName = Annotated[
    str, AfterValidator(_event_type), Field(json_schema_extra={"examples": [*EVENT_TYPES]})
]
Moment = Annotated[str, AfterValidator(_moment), Field(json_schema_extra={"format": "date-time"})]
Cents = Annotated[int, Field(ge=0, le=10**15)]
IdentifierType = Literal[
    "siret",
    "siren",
    "vat_number",
    "name",
    "nif",
    "cif",
    "kvk",
    "bsn",
    "hr_nummer",
    "belgium_registration_number",
    "steuernummer",
]


class SubscriptionBody(_Body):
    """`POST /webhooks` and `PATCH /webhook/{id}`: the same object, all three required."""

    name: str
    to_url: Annotated[str, AfterValidator(_callback_url), Field(json_schema_extra={"format": "uri"})]
    event_types: Annotated[list[EventTypeName], Field(min_length=1)]


class Business(_Body):
    """A buyer, a seller or the holder of an account."""

    identifier: str | None = None
    identifier_type: IdentifierType | None = None
    name: str | None = None
    vat_number: str | None = None


class Account(_Body):
    """The account that an invoice asks to be paid to."""

    account_number: str
    account_number_type: Literal["iban", "account_number", "internal_id"] = "iban"
    bank_identifier: str | None = None
    bank_identifier_type: Literal["bic", "name", "routing_number", "undefined"] = "bic"
    account_holder: Business | None = None


class InvoiceChange(_Body):
    """`PATCH /invoice/{id}` and `POST /invoice/{id}/submit`: only what is given changes. Amounts in cents."""

    buyer: Business | None = None
    seller: Business | None = None
    currency: Literal["EUR", "GBP"] | None = "EUR"
    document: Annotated[str, AfterValidator(_base64)] | None = None
    due_at: Moment | None = None
    issued_at: Moment | None = None
    invoice_number: str | None = None
    metadata: dict[str, Any] | None = None
    net_amount: Cents | None = None
    tax_amount: Cents | None = None
    to_pay_amount: Cents | None = None
    total_amount: Cents | None = None
    to_account: Account | None = None

    def given(self) -> dict[str, Any]:
        """The fields that stood in the body, without the document."""
        return {name: value for name, value in self.fields().items() if name in self.model_fields_set}

    def fields(self) -> dict[str, Any]:
        """All fields but the document, which is stored apart."""
        fields = self.model_dump(exclude={"document", "is_draft"})
        return {**fields, "currency": self.currency or "EUR"}

    def pdf(self) -> bytes | None:
        return None if self.document is None else base64.b64decode(self.document)


class InvoiceCreation(InvoiceChange):
    """`POST /invoices`. `is_draft` is true by default (in the SDK); the published reference requires the
    document, which is left optional here to keep requests by hand short."""

    is_draft: bool | None = True


class GeneratorBody(_Body):
    """`POST /sandbox/invoice-generator`."""

    buyer: Business | None = None
    seller: Business | None = None
    country: Literal["FRA", "ESP", "NLD", "DEU", "BEL"] | None = "FRA"
    scenario: Literal["SUCCESS", "SUCCESS_ONE_DAY_LATER", "REJECT", "FAIL"] | None = "SUCCESS"


class EventBody(_Body):
    """`POST /sandbox/events`, which is ours: Defacto has no such call."""

    event_type: EventTypeName
    id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    transition_name: Annotated[str, Field(max_length=200)] | None = None
    entity_state: dict[str, Any] | None = None
