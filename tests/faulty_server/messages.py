"""Requests, answers and what is remembered of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

_ONE = "/webhook/"
_INVOICE = "/invoice/"


class Call(StrEnum):
    """The calls of the API; ANY and WRITE count several of them together."""

    ANY = "any"
    WRITE = "write"
    HELLO = "hello"
    LIST = "list"  # each page is a call
    CREATE = "create"
    PATCH = "patch"
    DELETE = "delete"
    GENERATE = "generate an invoice"
    INVOICE = "create an invoice"
    SUBMIT = "submit an invoice"
    LOOK = "look at an invoice"
    UNKNOWN = "unknown"


WRITES = frozenset({Call.CREATE, Call.PATCH, Call.DELETE})


@dataclass(frozen=True, slots=True)
class Received:
    """A whole request. Header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query))

    @property
    def call(self) -> Call:
        match self.method, self.path:
            case "GET", "/hello":
                return Call.HELLO
            case "GET", "/webhooks":
                return Call.LIST
            case "POST", "/webhooks":
                return Call.CREATE
            case "PATCH", path if path.startswith(_ONE):
                return Call.PATCH
            case "DELETE", path if path.startswith(_ONE):
                return Call.DELETE
            case "POST", "/sandbox/invoice-generator":
                return Call.GENERATE
            case "POST", "/invoices":
                return Call.INVOICE
            case "POST", path if path.startswith(_INVOICE) and path.endswith("/submit"):
                return Call.SUBMIT
            case "GET", path if path.startswith(_INVOICE):
                return Call.LOOK
            case _:
                return Call.UNKNOWN

    @property
    def id(self) -> str:
        """Of the subscription that a PATCH or DELETE is about."""
        return unquote(self.path.removeprefix(_ONE))

    def json(self) -> Any:
        """The body; None where it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()

    def fields(self) -> list[tuple[str, str]]:
        """Its header, complete."""
        fields = [*self.headers]
        if self.status != HTTPStatus.NO_CONTENT:
            fields.append(("Content-Length", str(len(self.body))))
        if self.body:
            fields.append(("Content-Type", self.content_type))
        return fields


@dataclass(slots=True)
class Request:
    """An entry of the log. `committed`: it changed the account (for a late one: by now)."""

    position: int
    call: Call
    method: str
    target: str
    body: Any  # parsed JSON
    headers: Mapping[str, str]
    at: float  # seconds on the server's clock
    committed: bool = False
    status: int | None = None  # that was answered; None: no answer, or it was cut off

    @property
    def authorization(self) -> str | None:
        return self.headers.get("authorization")


def as_json(status: int, document: object) -> Answer:
    return Answer(status, json.dumps(document).encode())


def phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in list(HTTPStatus) else "Unassigned"


def problem(status: int, target: str, detail: str = "", *invalid: tuple[str, str]) -> Answer:
    """An error in the documented subset of RFC 7807."""
    document: dict[str, object] = {
        "title": phrase(status),
        "status": status,
        "detail": detail,
        "instance": target,
    }
    if invalid:
        document["invalid_params"] = [{"name": name, "reason": reason} for name, reason in invalid]
    body = json.dumps(document).encode()
    return Answer(status, body, "application/problem+json")


def page_for_humans(text: str) -> bytes:
    return f"<!doctype html><html><body><h1>{text}</h1><p>Ray ID: 8f2</p></body></html>".encode()


def invalid_params(body: object, *, partial: bool) -> list[tuple[str, str]]:
    """What is wrong with the body of a POST or (`partial`) a PATCH."""
    if not isinstance(body, dict):
        return [("body", "not an object")]
    wrong = [
        (name, "a non-empty string is needed")
        for name in ("name", "to_url")
        if not (partial and name not in body) and not (isinstance(body.get(name), str) and body[name])
    ]
    types = body.get("event_types")
    if partial and types is None:
        return wrong
    if not (isinstance(types, list) and types and all(isinstance(item, str) for item in types)):
        wrong.append(("event_types", "a non-empty list of strings is needed"))
    return wrong
