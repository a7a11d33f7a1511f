"""Requests, answers and what is remembered of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.faulty_server.faults import Call, Fault, Status

HTML = "<!doctype html><html><body><h1>{}</h1><p>Ray ID: 8f2</p></body></html>"
_ONE = "/webhook/"


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
            case _:
                return Call.UNKNOWN

    @property
    def raw_id(self) -> str:
        """The last part of the path, still percent-encoded."""
        return self.path.removeprefix(_ONE)

    def json(self) -> Any:
        """The body; None where it is no JSON."""
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
    at: float  # monotonic seconds
    committed: bool = False
    status: int | None = None  # that was answered; None: no answer, or it was cut off
    fault: Fault | None = None
    created: str | None = field(default=None)  # the id of what a create made

    @property
    def authorization(self) -> str | None:
        return self.headers.get("authorization")


def as_json(status: int, document: object) -> Answer:
    return Answer(status, json.dumps(document).encode())


def problem(status: int, target: str, detail: str = "", *invalid: tuple[str, str]) -> Answer:
    """An error in the documented subset of RFC 7807."""
    document: dict[str, object] = {
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or HTTPStatus(status).description,
        "instance": target,
    }
    if invalid:
        document["invalid_params"] = [{"name": name, "reason": reason} for name, reason in invalid]
    body = json.dumps(document).encode()
    return Answer(status, body, "application/problem+json")


def refusal(fault: Status, request: Received) -> Answer:
    """The answer that a Status fault gives."""
    detail = "as scheduled"
    if fault.echo:
        key, body = request.headers.get("authorization"), request.body.decode(errors="replace")
        detail = f"{request.method} {request.target} with {key}: {body}"
    if fault.html:
        page = HTML.format(f"{HTTPStatus(fault.code).phrase}: {escape(detail)}").encode()
        answer = Answer(fault.code, page, "text/html")
    else:
        invalid = [(fault.field, detail)] if fault.code == HTTPStatus.UNPROCESSABLE_ENTITY else []
        answer = problem(fault.code, request.target, detail, *invalid)
    if fault.retry_after is None:
        return answer
    value = str(fault.retry_after)
    if fault.as_date:
        value = format_datetime(datetime.now(UTC) + timedelta(seconds=fault.retry_after), usegmt=True)
    return Answer(answer.status, answer.body, answer.content_type, (("Retry-After", value),))


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
