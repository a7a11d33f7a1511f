"""What JSON Schema can say of the file's texts beyond their type, as regular expressions that editors know.

They refuse only what the loader refuses whatever the variables hold, and what no comment can silence.
"""

from __future__ import annotations

from typing import Any, Final

from defacto_webhooks.config.variables import OF_THE_RUNNER
from defacto_webhooks.events import CATALOGUE, SHAPE, glob

_TEMPLATE: Final = (
    r"(?:[^$]|\$\$|\$\{(?!" + OF_THE_RUNNER + r"[:}])[A-Za-z_][A-Za-z0-9_]*(?::-[^{}]*)?\}|\$(?!\{))*"
)
_NOT_MASKED: Final = r"(?!.*\*\*\*)"
_EVENT_TYPES_LOOK: Final = "Event types look like Loan.CLOSED, globs on them like Loan.*"
_GLOBS: Final = {glob(event_type.name): event_type.entity for event_type in CATALOGUE}


def _text(pattern: str, otherwise: str) -> dict[str, Any]:
    """A pattern, with what editors that know `patternErrorMessage` say instead of showing it."""
    return {"pattern": pattern, "patternErrorMessage": otherwise}


_VARIABLES: Final = _text(f"^{_TEMPLATE}$", "Write ${NAME} or ${NAME:-default}, and $$ for a dollar sign.")

# No blanks, quotes or backslashes outside of a `${…}`, and a scheme or a variable in front.
TO_URL: Final[dict[str, Any]] = {
    **_text(
        rf"^{_NOT_MASKED}(?=[hH][tT][tT][pP][sS]?://|.*\$\{{)(?:\$\{{[^{{}}]*\}}|[^\s\\<>\"])*$",
        "Not a URL: it looks like https://hooks.example.com/defacto?token=${TOKEN}. *** is a masked value.",
    ),
    "allOf": [_VARIABLES],
}
API_URL: Final[dict[str, Any]] = {
    **_text(
        r"^(?:embedded$|[hH][tT][tT][pP][sS]://[^\s?#@]+$"
        r"|[hH][tT][tT][pP]://(?:[lL][oO][cC][aA][lL][hH][oO][sS][tT]|127\.[0-9.]+|\[::1\])(?:[:/]|$)|.*\$\{)",
        "Write embedded, or a URL as https://api.getdefacto.com; http is for this machine only.",
    ),
    "allOf": [_VARIABLES],
}
API_KEY: Final = _text(f"^{_NOT_MASKED}{_TEMPLATE}$", "Write it as a variable: ${DEFACTO_API_KEY}")
NAME: Final = _text(r"^[^\u0000-\u001f\u007f]+$", "A name is not empty and holds no control characters.")
EVENT_TYPE: Final[dict[str, Any]] = {
    "anyOf": [
        {
            "enum": ["*", *_GLOBS, *(known.name for known in CATALOGUE)],
            "enumDescriptions": [
                "all event types",
                *(f"all event types of {entity}" for entity in _GLOBS.values()),
                *(known.meaning for known in CATALOGUE),
            ],
        },
        {
            "description": "A glob, or an event type of `settings.extra_event_types`.",
            **_text(rf"^(?:{SHAPE}|.*[*?\[].*)$", _EVENT_TYPES_LOOK),
        },
    ],
}
# Of an object, not of a text: the key is left out only where none is needed.
KEY_WHERE_NEEDED: Final[dict[str, Any]] = {
    "if": {"properties": {"api_url": {"pattern": "^[hH][tT][tT][pP]"}}, "required": ["api_url"]},
    "then": {"required": ["api_key"]},
}


def _only(one_per: str, *known: str) -> dict[str, Any]:
    """Of an entry: with this `one_per`, its name and URL hold none but these placeholders."""
    words = " and ".join(f"{{{name}}}" for name in known)
    text = _text(
        rf"^(?!(?:|.*[^$])\{{(?!(?:{'|'.join(known)})\}})[^{{}}$]*\}})",
        f"With one_per: {one_per}, the placeholders are {words}.",
    )
    return {
        "if": {"properties": {"one_per": {"const": one_per}}, "required": ["one_per"]},
        "then": {"properties": {"name": text, "to_url": text}},
    }


KNOWN_PLACEHOLDERS: Final[dict[str, Any]] = {
    "allOf": [_only("event_type", "entity", "status", "event_type"), _only("entity", "entity")]
}
