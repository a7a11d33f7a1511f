"""Defacto's published API reference (July 2026) as data, and whether an answer agrees with it.

The file holds the operations that this project uses, without the reference's prose.
"""

from __future__ import annotations

import copy
import json
import string
from pathlib import Path
from typing import Any, Final

import httpx
import jsonschema
import schemathesis
from hypothesis import strategies as st

REFERENCE: Final[dict[str, Any]] = json.loads(Path(__file__).with_name("defacto-2026-07.json").read_text())
SCHEMAS: Final[dict[str, Any]] = REFERENCE["components"]["schemas"]
# On a page of the documentation, not in the reference: a subset of RFC 7807.
_TEXT: Final = {"type": "string", "minLength": 1}
_PROBLEM: Final = {
    "type": "object",
    "properties": {
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "instance": _TEXT,
        "invalid_params": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": _TEXT, "reason": _TEXT},
                "required": ["name", "reason"],
                "additionalProperties": False,
            },
            "minItems": 1,
        },
    },
    "required": ["title", "status", "detail", "instance"],
    "additionalProperties": False,
}
_OURS: Final = ("/sandbox/events", "/sandbox/sample.pdf")  # the local API's own
_ONLY_IN_ANSWERS: Final = (
    *("Webhook", "Webhook1", "TypedApiPage9", "GeneratedInvoice"),
    *("APIInvoice", "APIBusinessCounterparty", "APILightAccountDetails"),
)


def _strict() -> dict[str, Any]:
    """The reference with nothing optional in an answer and nothing beyond it: a renamed field shows."""
    strict = copy.deepcopy(REFERENCE)
    for name, schema in strict["components"]["schemas"].items():
        schema["additionalProperties"] = False
        if name in _ONLY_IN_ANSWERS:
            schema["required"] = sorted(schema["properties"])
    return strict


_STRICT: Final = schemathesis.openapi.from_dict(_strict())


def check_answer(answer: httpx.Response) -> None:
    """Fails unless `answer`, read to its end, is what the reference or the documented errors allow."""
    path, method = answer.request.url.path, answer.request.method
    if answer.is_success and path.startswith(_OURS):
        return
    operation = _STRICT.find_operation_by_path(method, path)
    declared = operation.definition.raw["responses"].get(str(answer.status_code)) if operation else None
    if operation is None or declared is None:
        assert answer.is_error, f"the reference has no {answer.status_code} of {method} {path}"
        assert answer.headers["content-type"] == "application/problem+json"
        jsonschema.validate(answer.json(), _PROBLEM)
        assert (answer.json()["status"], answer.json()["instance"]) == (answer.status_code, path)
        assert ("invalid_params" in answer.json()) == (answer.status_code == 422)
    elif answer.status_code == 204:
        assert answer.content == b""
    else:
        is_text = "text/plain" in declared["content"]
        media_type = answer.headers["content-type"].partition(";")[0]
        assert media_type == ("text/plain" if is_text else "application/json")
        operation.validate_response(answer)


schemathesis.openapi.format(
    "url",  # as the reference calls it; JSON Schema knows `uri`
    st.builds(
        lambda scheme, host, rest: f"{scheme}://{host}/{rest}",
        st.sampled_from(["http", "https"]),
        st.sampled_from(["hooks.example.com", "127.0.0.1:8025", "xn--bcher-kva.example"]),
        st.text(string.ascii_letters + string.digits + "/?=&%-._~", max_size=20),
    ),
)
# Each schema as the body of a request, as only those are generated.
_BODIES: Final = schemathesis.openapi.from_dict(
    {
        **{key: REFERENCE[key] for key in ("openapi", "info", "components")},
        "paths": {
            f"/{name}": {
                "post": {
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}},
                    },
                    "responses": {"200": {"description": ""}},
                }
            }
            for name in SCHEMAS
        },
    }
)


def from_reference(name: str) -> st.SearchStrategy[Any]:
    """Whatever the schema of this name allows."""
    return _BODIES[f"/{name}"]["POST"].as_strategy().map(lambda case: case.body)
