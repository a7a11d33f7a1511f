"""What the API sends, checked before a word of it is believed, and what it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NotRequired

from pydantic import ConfigDict, Field, StrictInt, StrictStr, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from defacto_webhooks.errors import DoubtfulRead
from defacto_webhooks.models import Invoice, RemoteSubscription, Subscription
from defacto_webhooks.secrets import SecretUrl

if TYPE_CHECKING:
    from collections.abc import Sequence

_LENIENT = ConfigDict(extra="ignore", hide_input_in_errors=True)


@with_config(_LENIENT)
class WireSubscription(TypedDict):
    """`id` has no declared type: a string or a number is taken, and kept as a string."""

    id: StrictStr | StrictInt
    name: StrictStr
    to_url: StrictStr
    event_types: list[StrictStr]


@with_config(_LENIENT)
class WirePage(TypedDict):
    """The envelope of every list. Only `data` is needed."""

    count: NotRequired[StrictInt | None]
    next_page: NotRequired[StrictStr | None]
    data: list[WireSubscription]


@with_config(_LENIENT)
class WireInvoice(TypedDict):
    """An invoice has many more fields."""

    id: StrictStr | StrictInt
    status: StrictStr
    invoice_number: NotRequired[StrictStr | None]
    total_amount: NotRequired[StrictInt | None]
    currency: NotRequired[StrictStr | None]


@with_config(_LENIENT)
class WireGenerated(TypedDict):
    """What the invoice generator answers."""

    invoice_creation_payload: dict[str, Any]


_INVOICE: TypeAdapter[WireInvoice] = TypeAdapter(WireInvoice)
_GENERATED: TypeAdapter[WireGenerated] = TypeAdapter(WireGenerated)
_PAGE: TypeAdapter[WirePage] = TypeAdapter(WirePage)
_BARE_LIST: TypeAdapter[list[WireSubscription]] = TypeAdapter(list[WireSubscription])
_ONE: TypeAdapter[WireSubscription] = TypeAdapter(WireSubscription)


@with_config(_LENIENT)
class WireInvalidParam(TypedDict):
    name: Annotated[str, Field(strict=True)]
    reason: Annotated[str, Field(strict=True)]


@with_config(_LENIENT)
class WireProblem(TypedDict):
    """The subset of RFC 7807 that Defacto documents."""

    title: NotRequired[Any]
    detail: NotRequired[Any]
    invalid_params: NotRequired[list[WireInvalidParam]]


_PROBLEM: TypeAdapter[WireProblem] = TypeAdapter(WireProblem)


def page(body: bytes) -> WirePage:
    """One page of subscriptions; a bare JSON list is taken too. Raises DoubtfulRead."""
    try:
        if body.lstrip()[:1] == b"[":
            return {"data": _BARE_LIST.validate_json(body)}
        return _PAGE.validate_json(body)
    except ValidationError as error:
        raise DoubtfulRead(f"the list of subscriptions is not what it should be: {_what(error)}") from None


def subscription(body: bytes) -> RemoteSubscription | None:
    """One subscription; None where the body is not one."""
    try:
        return _remote(_ONE.validate_json(body))
    except (ValidationError, DoubtfulRead):
        return None


def invoice(body: bytes) -> Invoice | None:
    """One invoice; None where the body is not one."""
    try:
        wire = _INVOICE.validate_json(body)
        return Invoice(
            id=_usable_id(wire["id"]),
            status=wire["status"],
            invoice_number=wire.get("invoice_number") or "",
            total_amount=wire.get("total_amount"),
            currency=wire.get("currency") or "",
        )
    except (ValidationError, DoubtfulRead):
        return None


def generated_invoice(body: bytes) -> dict[str, Any] | None:
    """The body for `POST /invoices` that the generator made up; None where there is none."""
    try:
        return _GENERATED.validate_json(body)["invoice_creation_payload"]
    except ValidationError:
        return None


def problem(body: bytes) -> WireProblem:
    """An RFC 7807 error; empty where the body is not one."""
    try:
        return _PROBLEM.validate_json(body)
    except ValidationError:
        return {}


def subscriptions(pages: Sequence[WirePage]) -> tuple[RemoteSubscription, ...]:
    """All pages as one account. Raises DoubtfulRead where they contradict themselves."""
    total = sum(len(page["data"]) for page in pages)
    counted = [(page["count"], len(page["data"])) for page in pages if page.get("count") is not None]
    # Which of the two `count` means is not documented; what is neither is a list that was cut short.
    if any(count != length for count, length in counted) and any(count != total for count, _ in counted):
        raise DoubtfulRead(f"the list of subscriptions holds {total}, but its count says {counted[0][0]}")
    return tuple(_remote(wire) for page in pages for wire in page["data"])


def add_new_ids(page: WirePage, ids: set[str]) -> None:
    """Add the ids of `page` to those of the pages before. Raises DoubtfulRead where one came already."""
    before = len(ids)
    ids.update(str(wire["id"]) for wire in page["data"])
    if len(ids) != before + len(page["data"]):
        raise DoubtfulRead("the list of subscriptions shows the same id twice")


def _remote(wire: WireSubscription) -> RemoteSubscription:
    return RemoteSubscription(
        _usable_id(wire["id"]),
        Subscription.of(wire["name"], SecretUrl.from_account(wire["to_url"]), wire["event_types"]),
    )


def _usable_id(value: str | int) -> str:
    text = str(value)
    if text in {"", ".", ".."}:  # as a path segment, these would name something else
        raise DoubtfulRead("a subscription in the list has no usable id")
    return text


def body(content: Subscription) -> dict[str, object]:
    """What POST and PATCH take; the one place where a `to_url` leaves its type for the network."""
    return {
        "name": content.name,
        "to_url": content.to_url.reveal(),
        "event_types": list(content.event_types),
    }


def _what(error: ValidationError) -> str:
    """Where and what, without the input: that may hold a token."""
    first = error.errors(include_input=False, include_context=False, include_url=False)[0]
    if first["type"] == "json_invalid":
        return "it is not JSON, or only a part of it"
    place = ".".join(str(part) for part in first["loc"][:3] if part != "function-after")
    return f"{place or 'the answer'}: {first['type'].replace('_', ' ')}"
