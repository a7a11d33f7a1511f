"""What pydantic found, as diagnostics with places. Its own texts quote values, so none of them is shown."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

from pydantic_core import ValidationError

from defacto_webhooks.config.codes import Code, finding
from defacto_webhooks.config.document import Document, Route
from defacto_webhooks.config.schema import (
    VALIDATOR,
    EnvironmentShape,
    FileShape,
    ScopeShape,
    SettingsShape,
    WebhookShape,
)
from defacto_webhooks.diagnostics import Diagnostic, InvalidConfig
from defacto_webhooks.redaction import quotable


class Source(NamedTuple):
    """One file, read and of the right shape."""

    document: Document
    shape: FileShape

    def __repr__(self) -> str:
        return f"Source({self.document!r})"  # the shape holds every URL and key as they are written


_EXPECTED = {
    "string_type": "text",
    "list_type": "a list",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "dict_type": "a mapping",
    "dataclass_type": "a mapping",
}


def check(document: Document) -> FileShape:
    """The file as an object; raises InvalidConfig with everything that does not fit."""
    if not isinstance(document.data, dict):
        message = "the file must be a mapping that begins with `version: 1`"
        raise InvalidConfig([finding(Code.WRONG_TYPE, document.span(()), message)])
    try:
        shape: FileShape = VALIDATOR.validate_python(document.data)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=True)
        raise InvalidConfig([_translate(one, document) for one in found]) from None
    return shape


def _translate(error: Any, document: Document) -> Diagnostic:
    route: Route = error["loc"]
    kind: str = error["type"]
    field = str(route[-1]) if route else "the file"
    if kind == "missing":
        return finding(Code.MISSING_FIELD, document.span(route), f"`{field}` is missing", _example(route))
    if kind == "unexpected_keyword_argument":
        known = _fields_at(route)
        from difflib import get_close_matches

        close = get_close_matches(field, known, n=1)
        hint = f"did you mean `{close[0]}`?" if close else f"known here: {', '.join(known)}"
        if field == "<<":
            hint = "YAML 1.2 has no merge keys; write the fields out"
        return finding(
            Code.UNKNOWN_FIELD, document.span(route, key=True), f"there is no field `{quotable(field)}`", hint
        )
    span = document.span(route)
    if route == ("version",):
        return finding(
            Code.UNSUPPORTED_VERSION, span, "this version of the format is not known", "write `version: 1`"
        )
    value = _value_at(document.data, route)
    if kind == "list_type" and isinstance(value, str):
        item = quotable(value)
        item = f'"{item}"' if "*" in item else item  # a plain `*` would begin an alias
        hint = f"write it as a list: [{item}]"
        return finding(Code.WRONG_TYPE, span, f"{_what(route)} must be a list, not text", hint)
    if kind == "string_type" and isinstance(value, bool | int | float):
        return finding(
            Code.WRONG_TYPE, span, f"{_what(route)} must be text, not {_kind(value)}", "put it in quotes"
        )
    expected = _EXPECTED.get(kind)
    if expected:
        hint = f"write `{quotable(field)}: []` for none" if kind == "list_type" and value is None else ""
        return finding(Code.WRONG_TYPE, span, f"{_what(route)} must be {expected}, not {_kind(value)}", hint)
    context = error.get("ctx", {})
    if kind in {"literal_error", "enum"}:
        return finding(
            Code.WRONG_TYPE, span, f"{_what(route)} must be {context.get('expected', 'another word')}"
        )
    if kind in {"greater_than_equal", "less_than_equal"}:
        return finding(Code.WRONG_TYPE, span, f"{_what(route)} must be a number from 0 to 100")
    if kind == "string_too_short":
        return finding(Code.WRONG_TYPE, span, f"{_what(route)} must not be empty")
    return finding(Code.WRONG_TYPE, span, f"{_what(route)} does not fit: {kind.replace('_', ' ')}")


def _what(route: Route) -> str:
    if not route:
        return "the file"
    if isinstance(route[-1], int):
        return f"this item of `{route[-2]}`" if len(route) > 1 else "this item"
    return f"`{quotable(str(route[-1]))}`"


def _kind(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return f"the truth value {str(value).lower()}"
    return {int: "a number", float: "a number", str: "text", list: "a list", dict: "a mapping"}[type(value)]


def _value_at(data: Any, route: Route) -> Any:
    for part in route:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _example(route: Route) -> str:
    return {
        "version": "begin the file with `version: 1`",
        "name": "give it a name: `name: invoices`",
        "to_url": "say where the notifications go: `to_url: https://…`",
        "event_types": "say which ones: `event_types: [Invoice.VERIFIED]`",
        "api_url": "write `api_url: embedded` for the local API, or the URL of Defacto's",
    }.get(str(route[-1]), "")


def _fields_at(route: Route) -> list[str]:
    shapes: dict[str, type[Any]] = {
        "environments": EnvironmentShape,
        "settings": SettingsShape,
        "webhooks": WebhookShape,
    }
    shape = (
        ScopeShape
        if route[:2] == ("settings", "scope") and len(route) == 3
        else (shapes.get(str(route[0]), FileShape) if len(route) > 1 else FileShape)
    )
    return [field.name for field in dataclasses.fields(shape)]
