"""What the API sends, checked before a word of it is believed, and what it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic_core import ValidationError, core_schema

from defacto_webhooks.errors import DoubtfulRead
from defacto_webhooks.fields import (
    ANYTHING,
    INTEGER,
    TEXT,
    a_list,
    a_mapping,
    an_object,
    field,
    or_none,
    validator,
)
from defacto_webhooks.invoice import Invoice
from defacto_webhooks.redaction import SecretUrl
from defacto_webhooks.subscription import RemoteSubscription, Subscription

_ID: Final = core_schema.union_schema([TEXT, INTEGER])  # its type is not declared


class Body(bytes):
    """What came over the network: it holds everybody's URLs, so that no frame or report may show it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Body({len(self)} bytes)"


@dataclass(frozen=True, slots=True)
class WireSubscription:
    """One subscription, anywhere."""

    id: str | int = field(_ID)
    name: str = field(TEXT)
    to_url: str = field(TEXT, repr=False)
    event_types: list[str] = field(a_list(TEXT))


@dataclass(frozen=True, slots=True, kw_only=True)
class WirePage:
    """The envelope of every list. Only `data` is needed."""

    count: int | None = field(or_none(INTEGER), default=None)
    next_page: str | None = field(or_none(TEXT), default=None, repr=False)
    data: list[WireSubscription] = field(a_list(an_object(WireSubscription)))


@dataclass(frozen=True, slots=True)
class WireInvoice:
    """An invoice has many more fields."""

    id: str | int = field(_ID)
    status: str = field(TEXT)
    invoice_number: str | None = field(or_none(TEXT), default=None)
    total_amount: int | None = field(or_none(INTEGER), default=None)
    currency: str | None = field(or_none(TEXT), default=None)


@dataclass(frozen=True, slots=True)
class WireGenerated:
    """What the invoice generator answers."""

    invoice_creation_payload: dict[str, Any] = field(a_mapping(ANYTHING))


@dataclass(frozen=True, slots=True)
class WireInvalidParam:
    """A field that was refused, and why."""

    name: str = field(TEXT)
    reason: str = field(TEXT)


@dataclass(frozen=True, slots=True)
class WireProblem:
    """The subset of RFC 7807 that Defacto documents."""

    title: Any = field(ANYTHING, default=None)
    detail: Any = field(ANYTHING, default=None)
    invalid_params: Sequence[WireInvalidParam] = field(a_list(an_object(WireInvalidParam)), default=())


_PAGE: Final = validator(an_object(WirePage))
_BARE_LIST: Final = validator(a_list(an_object(WireSubscription)))
_ONE: Final = validator(an_object(WireSubscription))
_INVOICE: Final = validator(an_object(WireInvoice))
_GENERATED: Final = validator(an_object(WireGenerated))
_PROBLEM: Final = validator(an_object(WireProblem))


def page(body: Body) -> WirePage:
    """One page of subscriptions; a bare JSON list is taken too. Raises DoubtfulRead."""
    try:
        if body.lstrip()[:1] == b"[":
            return WirePage(data=_BARE_LIST.validate_json(body))
        found: WirePage = _PAGE.validate_json(body)
    except ValidationError as error:
        raise DoubtfulRead(f"the list of subscriptions is not what it should be: {_what(error)}") from None
    return found


def subscription(body: Body) -> RemoteSubscription | None:
    """One subscription; None where the body is not one."""
    try:
        return _remote(_ONE.validate_json(body))
    except (ValidationError, DoubtfulRead):
        return None


def invoice(body: Body) -> Invoice | None:
    """One invoice; None where the body is not one."""
    try:
        wire: WireInvoice = _INVOICE.validate_json(body)
        return Invoice(
            id=_usable_id(wire.id),
            status=wire.status,
            invoice_number=wire.invoice_number or "",
            total_amount=wire.total_amount,
            currency=wire.currency or "",
        )
    except (ValidationError, DoubtfulRead):
        return None


def generated_invoice(body: Body) -> dict[str, Any] | None:
    """The body for `POST /invoices` that the generator made up; None where there is none."""
    try:
        generated: WireGenerated = _GENERATED.validate_json(body)
    except ValidationError:
        return None
    return generated.invoice_creation_payload


def problem(body: Body) -> WireProblem:
    """An RFC 7807 error; empty where the body is not one."""
    try:
        found: WireProblem = _PROBLEM.validate_json(body)
    except ValidationError:
        return WireProblem()
    return found


def subscriptions(pages: Sequence[WirePage]) -> tuple[RemoteSubscription, ...]:
    """All pages as one account. Raises DoubtfulRead where they contradict themselves."""
    total = sum(len(page.data) for page in pages)
    counted = [(page.count, len(page.data)) for page in pages if page.count is not None]
    # Which of the two `count` means is not documented; what is neither is a list that was cut short.
    if any(count != length for count, length in counted) and any(count != total for count, _ in counted):
        raise DoubtfulRead(f"the list of subscriptions holds {total}, but its count says {counted[0][0]}")
    return tuple(_remote(wire) for page in pages for wire in page.data)


def add_new_ids(page: WirePage, ids: set[str]) -> None:
    """Add the ids of `page` to those of the pages before. Raises DoubtfulRead where one came already."""
    before = len(ids)
    ids.update(str(wire.id) for wire in page.data)
    if len(ids) != before + len(page.data):
        raise DoubtfulRead("the list of subscriptions shows the same id twice")


def _remote(wire: WireSubscription) -> RemoteSubscription:
    return RemoteSubscription(
        _usable_id(wire.id),
        Subscription.of(wire.name, SecretUrl.from_account(wire.to_url), wire.event_types),
    )


def _usable_id(value: str | int) -> str:
    text = str(value)
    if text in {"", ".", ".."}:  # as a path segment, these would name something else
        raise DoubtfulRead("a subscription in the list has no usable id")
    return text


def _what(error: ValidationError) -> str:
    """Where and what, without the input: that may hold a token."""
    first = error.errors(include_input=False, include_context=False, include_url=False)[0]
    if first["type"] == "json_invalid":
        return "it is not JSON, or only a part of it"
    place = ".".join(str(part) for part in first["loc"][:3] if part != "function-after")
    return f"{place or 'the answer'}: {first['type'].replace('_', ' ')}"
