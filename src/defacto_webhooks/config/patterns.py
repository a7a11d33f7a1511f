"""What JSON Schema can say of the file's texts beyond their type, as regular expressions that editors know.

They refuse only what the loader refuses whatever the variables hold, and what no comment can silence.
"""

from __future__ import annotations

from typing import Any, Final

from defacto_webhooks.events import CATALOGUE, SHAPE

_TEMPLATE: Final = r"(?:[^$]|\$\$|\$\{[A-Za-z_][A-Za-z0-9_]*(?::-[^{}]*)?\}|\$(?!\{))*"
_NOT_MASKED: Final = r"(?!.*\*\*\*)"
_ENTITIES: Final = dict.fromkeys(event_type.entity for event_type in CATALOGUE)

# No blanks, quotes or backslashes outside of a `${…}`, and a scheme or a variable in front.
TO_URL: Final = {
    "pattern": rf"^{_NOT_MASKED}(?=[hH][tT][tT][pP][sS]?://|.*\$\{{)(?:\$\{{[^{{}}]*\}}|[^\s\\<>\"])*$",
    "allOf": [{"pattern": f"^{_TEMPLATE}$"}],
}
API_URL: Final = {
    "pattern": r"^(?:embedded$|[hH][tT][tT][pP][sS]://[^\s?@]+$"
    r"|[hH][tT][tT][pP]://(?:localhost|[^/:]+\.localhost|127\.[0-9.]+|\[::1\])(?:[:/]|$)|.*\$\{)",
    "allOf": [{"pattern": f"^{_TEMPLATE}$"}],
}
API_KEY: Final = {"pattern": f"^{_NOT_MASKED}{_TEMPLATE}$"}
NAME: Final = {"pattern": r"^[^\u0000-\u001f\u007f]+$"}
EVENT_TYPE: Final[dict[str, Any]] = {
    "anyOf": [
        {
            "enum": ["*", *(f"{entity}.*" for entity in _ENTITIES), *(known.name for known in CATALOGUE)],
            "enumDescriptions": [
                "all event types",
                *(f"all event types of {entity}" for entity in _ENTITIES),
                *(known.meaning for known in CATALOGUE),
            ],
        },
        {
            "description": "A glob, or an event type of `settings.extra_event_types`.",
            "pattern": rf"^(?:{SHAPE}|.*[*?\[].*)$",
        },
    ],
}
EXTRA_EVENT_TYPE: Final = {"pattern": f"^{SHAPE}$"}
# Of an object, not of a text: the key is left out only where none is needed.
KEY_WHERE_NEEDED: Final[dict[str, Any]] = {
    "if": {"properties": {"api_url": {"pattern": "^[hH][tT][tT][pP]"}}, "required": ["api_url"]},
    "then": {"required": ["api_key"]},
}
_UNKNOWN_PLACEHOLDER: Final = r"(?:^|[^$])\{(?!(?:entity|status|event_type)\})[^{}$]*\}"
KNOWN_PLACEHOLDERS: Final[dict[str, Any]] = {
    "if": {"properties": {"one_per": {"enum": ["event_type", "entity"]}}, "required": ["one_per"]},
    "then": {
        "properties": {field: {"not": {"pattern": _UNKNOWN_PLACEHOLDER}} for field in ("name", "to_url")}
    },
}
