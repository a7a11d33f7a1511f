"""The OpenAPI document of the local API: what it takes and answers, and which calls are ours."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from defacto_webhooks._version import __version__
from defacto_webhooks.local_api import bodies

_OURS: Final = "ours"
_DEFACTO: Final = "defacto"
_TEXT: Final = {"type": "string"}
_ID: Final = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
_PAGING: Final = [
    {"name": "page_size", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 1000}},
    {"name": "cursor", "in": "query", "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"}},
]
_PROBLEMS: Final = {
    400: "not JSON, or not possible in this state",
    401: "no valid key",
    404: "there is no such thing",
    408: "the body came too slowly",
    413: "the body is too large",
    422: "not valid; invalid_params say what",
}


@cache
def document() -> dict[str, Any]:
    """The document, as JSON."""
    models = (
        bodies.SubscriptionBody,
        bodies.GeneratorBody,
        bodies.InvoiceCreation,
        bodies.InvoiceChange,
        bodies.EventBody,
    )
    _, schemas = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Local Defacto API",
            "version": __version__,
            "description": "What of the Defacto API the webhooks need, on this machine. Calls tagged `ours`"
            " are not Defacto's.",
        },
        "tags": [{"name": _DEFACTO}, {"name": _OURS, "description": "Not part of the Defacto API."}],
        "security": [{"key": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": {**schemas["$defs"], **_ANSWERS},
        },
    }


def _paths() -> dict[str, Any]:
    subscription, invoice = _ref("Subscription"), _ref("Invoice")
    return {
        "/hello": {"get": _call("Check the key", {200: ("text/plain", _TEXT)}, problems=(401,))},
        "/webhooks": {
            "get": _call("List the subscriptions", {200: _page(subscription)}, _PAGING, problems=(401, 422)),
            "post": _call("Create a subscription", {201: _json(subscription)}, body="SubscriptionBody"),
        },
        "/webhook/{id}": {
            "patch": _call(
                "Replace a subscription's content", {200: _json(subscription)}, [_ID], body="SubscriptionBody"
            ),
            "delete": _call("Delete a subscription", {204: None}, [_ID], problems=(401, 404)),
        },
        "/sandbox/invoice-generator": {
            "post": _call(
                "Make up an invoice; it creates nothing",
                {201: _json(_ref("GeneratedInvoice"))},
                body="GeneratorBody",
            )
        },
        "/invoices": {
            "get": _call(
                "List the invoices",
                {200: _page(invoice)},
                [
                    *_PAGING,
                    *(
                        {"name": name, "in": "query", "schema": {"type": "array", "items": _TEXT}}
                        for name in ("status", "buyer", "seller", "invoice_id")
                    ),
                ],
                problems=(401, 422),
            ),
            "post": _call("Create an invoice", {201: _json(invoice)}, body="InvoiceCreation"),
        },
        "/invoice/{id}": {
            "get": _call("Read an invoice", {200: _json(invoice)}, [_ID], problems=(401, 404)),
            "patch": _call("Change an invoice", {200: _json(invoice)}, [_ID], body="InvoiceChange"),
            "delete": _call("Delete an invoice", {200: _json(invoice)}, [_ID], problems=(400, 401, 404)),
        },
        "/invoice/{id}/submit": {
            "post": _call("Submit an invoice", {200: _json(invoice)}, [_ID], body="InvoiceChange")
        },
        "/sandbox/events": {
            "post": _call("Make an event happen", {201: _json(_ref("Happened"))}, body="EventBody", tag=_OURS)
        },
    }


def _call(
    summary: str,
    answers: dict[int, tuple[str, dict[str, Any]] | None],
    parameters: list[dict[str, Any]] | None = None,
    *,
    body: str | None = None,
    problems: tuple[int, ...] | None = None,
    tag: str = _DEFACTO,
) -> dict[str, Any]:
    """An operation. One with a body may answer with every problem."""
    problem = {"application/problem+json": {"schema": _ref("Problem")}}
    responses: dict[str, Any] = {}
    for status, content in answers.items():
        responses[str(status)] = {"description": "done"}
        if content is not None:
            responses[str(status)]["content"] = {content[0]: {"schema": content[1]}}
    for status in problems or tuple(_PROBLEMS):
        responses[str(status)] = {"description": _PROBLEMS[status], "content": problem}
    call: dict[str, Any] = {"summary": summary, "tags": [tag], "responses": responses}
    if parameters:
        call["parameters"] = parameters
    if body is not None:
        call["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(body)}}}
    return call


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(schema: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "application/json", schema


def _page(entry: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return _json(
        {
            "type": "object",
            "required": ["count", "page_size", "next_page", "data"],
            "properties": {
                "count": {"type": "integer"},
                "page_size": {"type": "integer"},
                "next_page": {"type": ["string", "null"]},
                "data": {"type": "array", "items": entry},
            },
        }
    )


_ANSWERS: Final[dict[str, Any]] = {
    "Subscription": {
        "type": "object",
        "required": ["id", "name", "to_url", "event_types"],
        "properties": {
            "id": _TEXT,
            "name": _TEXT,
            "to_url": _TEXT,
            "event_types": {"type": "array", "items": _TEXT},
        },
    },
    "Invoice": {
        "type": "object",
        "required": ["id", "status", "is_draft", "document_url", "loan_ids"],
        "properties": {
            "id": _TEXT,
            "status": _TEXT,
            "is_draft": {"type": "boolean"},
            "document_url": {"type": ["string", "null"]},
            "loan_ids": {"type": "array", "items": _TEXT},
            "invoice_number": {"type": ["string", "null"]},
            "total_amount": {"type": ["integer", "null"]},
            "currency": _TEXT,
        },
    },
    "GeneratedInvoice": {
        "type": "object",
        "required": ["invoice_creation_payload", "pdf_download_url"],
        "properties": {"invoice_creation_payload": _ref("InvoiceCreation"), "pdf_download_url": _TEXT},
    },
    "Notification": {
        "type": "object",
        "required": [
            "entity_type",
            "transition_name",
            "status",
            "timestamp",
            "id",
            "event_type",
            "entity_state",
        ],
        "properties": {
            **dict.fromkeys(("entity_type", "status", "id", "event_type"), _TEXT),
            "transition_name": {"type": ["string", "null"]},
            "timestamp": {"type": "string", "format": "date-time"},
            "entity_state": {"type": "object"},
        },
    },
    "Happened": {
        "type": "object",
        "required": ["notification", "deliveries"],
        "properties": {"notification": _ref("Notification"), "deliveries": {"type": "integer"}},
    },
    "Problem": {
        "type": "object",
        "required": ["title", "status", "detail", "instance"],
        "properties": {
            "title": _TEXT,
            "status": {"type": "integer"},
            "detail": _TEXT,
            "instance": _TEXT,
            "invalid_params": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["name", "reason"],
                    "properties": {"name": _TEXT, "reason": _TEXT},
                },
            },
        },
    },
}
