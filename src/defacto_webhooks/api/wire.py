"""What the API answers, checked before a word of it is believed.

The models are those of Defacto's reference as far as this package uses them; what it leaves optional may be
missing, and fields that are not listed here are ignored.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import from_json

from defacto_webhooks.errors import DoubtfulRead
from defacto_webhooks.invoice import Invoice
from defacto_webhooks.phrases import plural
from defacto_webhooks.redaction import KnownUrls, quotable
from defacto_webhooks.subscription import OTHERS, RemoteSubscription, Subscription

_Model = TypeVar("_Model", bound=BaseModel)


class Body(bytes):
    """What goes over the network: it holds everybody's URLs, so that no frame or report may show it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Body({len(self)} bytes)"


class Chunks(bytearray):
    """What has come so far."""

    async def read(self, chunks: AsyncIterator[bytes]) -> bool:
        """The next of `chunks`; False if there is none. It is in no variable, as `Body` says."""
        try:
            self += await anext(chunks)
        except StopAsyncIteration:
            return False
        return True

    def __repr__(self) -> str:
        return f"Chunks({len(self)} bytes)"


NO_BODY: Final = Body()


def body(document: object) -> Body | None:
    """`document` as JSON; None where a value in it is not UTF-8."""
    try:
        return Body(json.dumps(document, ensure_ascii=False).encode())
    except UnicodeEncodeError:
        return None


class _Wire(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, hide_input_in_errors=True)


class WireSubscription(_Wire):
    """One subscription, anywhere. The reference has `id` optional; without one it can't be changed."""

    id: str | int
    name: str
    to_url: str = Field(repr=False)
    event_types: list[str]


class WirePage(_Wire):
    """The envelope of every list. Without `data` it holds nothing, and has to say so."""

    count: int | None = None
    page_size: int | None = None
    total: int | None = None
    next_page: str | None = Field(None, repr=False)
    previous_page: str | None = Field(None, repr=False)
    data: list[WireSubscription] = []

    @model_validator(mode="after")
    def _is_told_to_be_empty(self) -> Self:
        says_so = self.count == 0 and self.page_size is not None
        if "data" not in self.model_fields_set and not says_so:
            raise ValueError("`data` is missing")
        return self


class WireInvoice(_Wire):
    """An invoice has many more fields."""

    id: str | int
    status: str = "TO_SUBMIT"
    invoice_number: str | None = None
    total_amount: int | None = None
    currency: str | None = None


class WireGenerated(_Wire):
    """What the invoice generator answers."""

    invoice_creation_payload: dict[str, Any]


class WireInvalidParam(_Wire):
    """A field that was refused, and why."""

    name: str
    reason: str


class WireProblem(_Wire):
    """The subset of RFC 7807 that Defacto documents."""

    title: Any = None
    detail: Any = None
    invalid_params: list[WireInvalidParam] = []


def page(body: Body) -> WirePage:
    """One page of subscriptions; a bare JSON list is taken too. Raises DoubtfulRead."""
    if body.lstrip()[:1] == b"[":
        body = Body(b'{"data":' + body + b"}")
    try:
        return _read(WirePage, body)
    except ValueError as error:
        why = _what(error, body) if isinstance(error, ValidationError) else str(error)
        raise DoubtfulRead(f"the list of subscriptions can't be trusted: {why}") from None


def subscription(body: Body, known: KnownUrls) -> RemoteSubscription | None:
    """One subscription; None where the body is not one."""
    wire = _read_or_none(WireSubscription, body)
    return _remote(wire, known) if wire and _is_usable(wire.id) else None


def invoice(body: Body) -> Invoice | None:
    """One invoice; None where the body is not one."""
    wire = _read_or_none(WireInvoice, body)
    if wire is None or not _is_usable(wire.id):
        return None
    return Invoice(
        id=str(wire.id),
        status=wire.status,
        invoice_number=wire.invoice_number or "",
        total_amount=wire.total_amount,
        currency=wire.currency or "",
    )


def generated_invoice(body: Body) -> dict[str, Any] | None:
    """The body for `POST /invoices` that the generator made up; None where there is none."""
    wire = _read_or_none(WireGenerated, body)
    return wire.invoice_creation_payload if wire else None


def problem(body: Body) -> WireProblem:
    """An RFC 7807 error; empty where the body is not one."""
    return _read_or_none(WireProblem, body) or WireProblem()


def subscriptions(pages: Sequence[WirePage], known: KnownUrls) -> tuple[RemoteSubscription, ...]:
    """All pages as one account. Raises DoubtfulRead where they contradict themselves."""
    held = sum(len(page.data) for page in pages)
    counted = [(page.count, len(page.data)) for page in pages if page.count is not None]
    wrong = next((f"`total` is {page.total}" for page in pages if page.total not in (None, held)), "")
    # Which of the two `count` means is not documented; what is neither is a list that was cut short.
    if any(count != length for count, length in counted) and any(count != held for count, _ in counted):
        wrong = f"`count` is {counted[0][0]}"
    if wrong:
        has = plural(held, "entry", "entries")
        raise DoubtfulRead(f"the list of subscriptions has {has}, but its {wrong}")
    return tuple(_remote(wire, known) for page in pages for wire in page.data)


def add_new_ids(page: WirePage, ids: set[str]) -> None:
    """Add the ids of `page` to those of the pages before. Raises DoubtfulRead where one came already."""
    before = len(ids)
    ids.update(str(wire.id) for wire in page.data)
    if len(ids) != before + len(page.data):
        raise DoubtfulRead("the list of subscriptions shows the same id twice")
    if not all(_is_usable(wire.id) for wire in page.data):
        raise DoubtfulRead("a subscription in the list has no usable id")


def _read(model: type[_Model], body: Body) -> _Model:
    """The body as `model`. Raises ValidationError, or ValueError with a text that quotes nothing of it."""
    found = model.model_validate_json(body)
    # Which value of a key that is there twice counts is anyone's guess; pydantic takes the last.
    json.loads(body, object_pairs_hook=_refuse_repeats, parse_int=str)
    return found


def _refuse_repeats(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("an object has a key twice")


def _read_or_none(model: type[_Model], body: Body) -> _Model | None:
    try:
        return _read(model, body)
    except ValueError:  # ValidationError is one
        return None


def _remote(wire: WireSubscription, known: KnownUrls) -> RemoteSubscription:
    url = known.from_account(wire.name, wire.to_url)
    others = {field: getattr(wire, field) for field in OTHERS}
    return RemoteSubscription(str(wire.id), Subscription.of(wire.name, url, wire.event_types, **others))


def _is_usable(id_: str | int) -> bool:
    return str(id_) not in {"", ".", ".."}  # as a path segment, these would name something else


_PROBLEMS: Final = {
    "json_invalid": "it is not JSON, or only a part of it",
    "int_type": "is not a whole number",
    "list_type": "is not a list",
    "missing": "is missing",
    "model_type": "is not an object",
    "model_attributes_type": "is not an object",
    "string_type": "is not a string",
}


def _what(error: ValidationError, body: Body) -> str:
    """The first problem, and where it is; of the input only an id, as the rest may be secret."""
    first = error.errors(include_input=False, include_context=False, include_url=False)[0]
    why = _PROBLEMS.get(first["type"], first["msg"].removeprefix("Value error, "))
    match first["loc"]:
        case ("data", int(position), *field):
            entry = from_json(body)["data"][position]
            id_ = entry.get("id") if isinstance(entry, dict) else None
            name = f"`{field[0]}` of " if field else ""
            whose = f" (id {quotable(str(id_))})" if isinstance(id_, str | int) else ""
            return f"{name}subscription {position + 1}{whose} {why}"
        case (str(field), *_):
            return f"`{field}` {why}"
        case _:
            return f"it {why}" if why.startswith("is ") else why
