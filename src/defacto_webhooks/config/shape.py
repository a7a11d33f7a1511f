"""The file as objects of the schema; pydantic's errors as findings.

Pydantic's own messages are not used, as they quote values. What does not fit becomes `WRONG` in the objects,
or its default in `settings`, so that everything else is checked all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from defacto_webhooks.config.document import Document, Route
from defacto_webhooks.config.schema import ConfigFile, EnvironmentEntry, WebhookEntry
from defacto_webhooks.config.wrong import WRONG
from defacto_webhooks.diagnostics import Code, Diagnostic, finding
from defacto_webhooks.redaction import quotable
from defacto_webhooks.settings import Scope, Settings, StrictModel


class Source(NamedTuple):
    """One file, as far as it could be read."""

    document: Document
    content: ConfigFile

    @property
    def is_readable(self) -> bool:
        """Whether anything is known of it but its name."""
        return self.content is not _NOTHING_IS_KNOWN

    def has(self, field: str) -> bool:
        """Whether there is such a field at its top, be it right or wrong."""
        return isinstance(self.document.data, dict) and self.document.data.get(field) is not None

    def __repr__(self) -> str:
        return f"Source({self.document!r})"  # the content has every URL and key as they are written


_NOTHING_IS_KNOWN: Final = ConfigFile(
    version=WRONG, default_environment=WRONG, environments=WRONG, webhooks=WRONG
)


def check(document: Document) -> tuple[Source, list[Diagnostic]]:
    """The content of the file, and everything in it that does not fit the schema."""
    data = document.data
    if data is WRONG:
        return Source(document, _NOTHING_IS_KNOWN), []
    if not isinstance(data, dict):
        message = "the file must be a mapping that starts with `version: 1`"
        found = [finding(Code.WRONG_TYPE, document.at().span, message)]
        return Source(document, _NOTHING_IS_KNOWN), found
    found = []
    for attempt in range(1, 4):
        try:
            return Source(document, ConfigFile.model_validate(data)), found
        except ValidationError as error:
            errors = _innermost(error.errors(include_url=False, include_input=False))
        if attempt == 1:
            found = [*_findings(errors, document)]
        data = _without(errors, data)
    raise AssertionError("a file does not fit, even without what does not fit")


def _innermost(errors: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """Without those that others bring about, as a list is too short where its one item does not fit."""
    around = {error["loc"][:length] for error in errors for length in range(len(error["loc"]))}
    return [error for error in errors if error["loc"] not in around]


def _without(errors: Iterable[ErrorDetails], data: Any) -> Any:
    """A copy with `WRONG` instead of what `errors` are about, or nothing, where that was refused, too."""
    data = deepcopy(data)
    for error in reversed([*errors]):  # so that the places of a list before this one stay what they are
        *way, last = error["loc"]
        parent = _value_at(data, way)
        is_new = error["type"] == "missing" or parent[last] is not WRONG
        if is_new and error["type"] != "extra_forbidden":
            parent[last] = WRONG
        else:
            del parent[last]
    return data


def _findings(errors: Sequence[ErrorDetails], document: Document) -> Iterable[Diagnostic]:
    missing: dict[Route, list[str]] = {}
    for error in errors:
        if error["type"] == "missing":
            missing.setdefault(error["loc"][:-1], []).append(str(error["loc"][-1]))
    for error in errors:
        route, kind = error["loc"], error["type"]
        if kind == "extra_forbidden":
            beside = missing.get(route[:-1], [])
            meant, hint = _unknown_field(route, beside)
            message = f"there is no field `{quotable(str(route[-1]))}`"
            yield finding(Code.UNKNOWN_FIELD, document.at(*route).key_span, message, hint)
            missing[route[:-1]] = [field for field in beside if field not in meant]  # one slip, one finding
        elif kind != "missing" and _value_at(document.data, route) is not WRONG:
            yield _misfit(route, kind, error.get("ctx", {}), document)
    for parent, fields in missing.items():
        for field in fields:
            span = document.at(*parent, field).span
            yield finding(Code.MISSING_FIELD, span, f"`{field}` is missing", _HOW_TO_BEGIN.get(field, ""))


_HOW_TO_BEGIN: Final = {
    "version": "start the file with `version: 1`",
    "name": "add a name: `name: invoices`",
    "to_url": "add where notifications go: `to_url: https://…`",
    "event_types": "add which ones to send: `event_types: [Invoice.VERIFIED]`",
    "api_url": "write `api_url: embedded` for the local API, or the URL of Defacto's",
}


def _unknown_field(route: Route, missing: Sequence[str]) -> tuple[Sequence[str], str]:
    """The fields that an unknown one was meant for, if any, rather those that are `missing`; a hint."""
    field, fields = str(route[-1]), _model_at(route).model_fields
    if field == "<<":
        return missing, "YAML 1.2 has no merge keys: write the fields out"
    near = get_close_matches(field, missing, n=1, cutoff=0.5) or get_close_matches(field, fields, n=1)
    return near, f"did you mean `{near[0]}`?" if near else f"the fields are {', '.join(fields)}"


def _misfit(route: Route, kind: str, context: Mapping[str, Any], document: Document) -> Diagnostic:
    """A value that is not what its field holds."""
    span, value, what = document.at(*route).span, _value_at(document.data, route), _what(route)
    code, message, hint = Code.WRONG_TYPE, f"{what} is not valid: {kind.replace('_', ' ')}", ""
    match kind:
        case _ if route == ("version",):
            code, hint = Code.UNSUPPORTED_VERSION, "write `version: 1`"
            message = "this version of the format is not supported"
        case "too_short":
            code, hint = Code.EMPTY_EVENT_TYPES, _EVENT_TYPES
            message = "`event_types` is empty, so nothing would be sent"
        case "string_pattern_mismatch":
            code, hint = Code.UNKNOWN_EVENT_TYPE, "they look like `Loan.CLOSED`"
            message = f"{quotable(str(value))!r} is not a valid event type"
        case "string_too_short":
            message = f"{what} must not be empty"
        case "literal_error" | "enum":
            message = f"{what} must be {context['expected']}"
        case "greater_than_equal" | "less_than_equal":
            message = f"{what} must be {_EXPECTED['int_type']}"
        case _ if kind in _EXPECTED:
            message = f"{what} must be {_EXPECTED[kind]}"
            if not (kind == "int_type" and isinstance(value, float)):
                message += f", not {_kind(value)}"
            hint = _how_to_write(kind, value, route)
    return finding(code, span, message, hint)


_EVENT_TYPES: Final = 'list some, or use ["*"] for all'
_EXPECTED: Final = {
    "string_type": "text",
    "tuple_type": "a list",
    "bool_type": "true or false",
    "int_type": "a whole number from 0 to 100",  # the only one beside the version
    "dict_type": "a mapping",
    "model_type": "a mapping",
}


def _how_to_write(kind: str, value: object, route: Route) -> str:
    if kind == "string_type" and isinstance(value, bool | int | float):
        return "put it in quotes"
    if kind == "bool_type" and isinstance(value, str):
        return f"write `{route[-1]}: true` or `{route[-1]}: false`, without quotes"
    if route == ("webhooks",) and value is not None:
        return "begin each entry with `- name: …`"
    if kind == "tuple_type" and isinstance(value, str):
        return f"write it as a list: [{_quoted(quotable(value))}]"
    if kind == "tuple_type" and value is None:
        return _EVENT_TYPES if route[-1] == "event_types" else f"write `{route[-1]}: []` for none"
    return ""


def _quoted(text: str) -> str:
    return f'"{text}"' if "*" in text else text  # a plain `*` would begin an alias


def _what(route: Route) -> str:
    if isinstance(route[-1], int):
        return f"this item of `{route[-2]}`"
    return f"`{quotable(str(route[-1]))}`"


def _kind(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    return {int: "a number", float: "a number", str: "text", list: "a list", dict: "a mapping"}[type(value)]


def _value_at(data: Any, route: Sequence[str | int]) -> Any:
    for part in route:
        data = data[part]
    return data


def _model_at(route: Route) -> type[StrictModel]:
    """What the parent of `route` is checked against."""
    match route:
        case ("environments", _, _):
            return EnvironmentEntry
        case ("webhooks", _, _):
            return WebhookEntry
        case ("settings", "scope", _):
            return Scope
        case ("settings", _):
            return Settings
        case _:
            return ConfigFile
