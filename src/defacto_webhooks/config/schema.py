"""The shape of `webhooks.yaml`: used to check it, and to print its JSON Schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic_core import core_schema

from defacto_webhooks import fields
from defacto_webhooks.events import EVENT_TYPES
from defacto_webhooks.fields import (
    BOOLEAN,
    TEXT,
    WORD,
    a_list,
    a_mapping,
    an_object,
    field,
    or_none,
    validator,
)
from defacto_webhooks.models import UpdateMode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_EVENT_TYPE: Final = {
    "anyOf": [{"enum": ["*", *EVENT_TYPES]}, {"type": "string", "pattern": r"^[A-Za-z*?\[]"}]
}
_PERCENT: Final = core_schema.int_schema(strict=True, ge=0, le=100)
_ONE_PER: Final = core_schema.literal_schema(["event_type", "entity"])
_UPDATE: Final = core_schema.enum_schema(UpdateMode, list(UpdateMode), sub_type="str", ref="UpdateMode")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentShape:
    """An account of Defacto: sandbox and production are separate ones with separate keys."""

    api_url: str = field(
        TEXT,
        "Where the API is; `embedded` is a Defacto API inside the command, with no account.",
        json={"examples": ["https://api-sandbox.getdefacto.com", "https://api.getdefacto.com", "embedded"]},
    )
    api_key: str | None = field(
        or_none(TEXT),
        "The API key, from a variable.",
        json={"examples": ["${DEFACTO_API_KEY}"]},
        default=None,
    )
    variables: Mapping[str, str] = field(
        a_mapping(TEXT),
        "Values for `${NAME}` in this environment. They are shown in plans: no secrets here.",
        default_factory=dict,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeShape:
    """Which subscriptions of the account this file answers for."""

    name_prefix: str = field(
        TEXT,
        "Only names that begin with this. A name in the file without it is an error.",
        default="",
    )
    ignore: Sequence[str] = field(
        a_list(WORD),
        "Names that are listed in plans and never touched.",
        json={"examples": [["manual-*"]]},
        default=(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsShape:
    """How a plan is made."""

    prune: bool = field(BOOLEAN, "Delete subscriptions in scope that the file does not list.", default=True)
    scope: ScopeShape = field(an_object(ScopeShape, forbid_others=True), default=ScopeShape())
    protect: Sequence[str] = field(
        a_list(WORD),
        "A plan that would delete one of these names is refused.",
        json={"examples": [["billing-*"]]},
        default=(),
    )
    update: UpdateMode = field(
        _UPDATE,
        "replace: create the new one, then delete the old one. patch: in place.",
        default=UpdateMode.REPLACE,
    )
    max_delete_percent: int = field(
        _PERCENT, "From 10 subscriptions on, deleting more than this share is refused.", default=30
    )
    extra_event_types: Sequence[str] = field(
        a_list(TEXT), "Event types that Defacto has and the built-in catalogue does not.", default=()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookShape:
    """A subscription, or with `one_per` a family of them."""

    name: str = field(WORD, "Unique. It is how the subscription is recognised.")
    to_url: str = field(
        TEXT,
        "The URL that Defacto POSTs to. Keep its token in a variable.",
        json={"examples": ["https://${CALLBACK_HOST}/defacto/invoices?token=${CALLBACK_TOKEN}"]},
    )
    event_types: Sequence[str] = field(
        a_list(TEXT),
        "Event types, or globs on them.",
        json={"examples": [["Invoice.SUBMITTED", "Loan.*"], ["*"]], "items": _EVENT_TYPE},
    )
    environments: Sequence[str] | None = field(
        or_none(a_list(TEXT)), "Only in these environments. Without it: in all.", default=None
    )
    one_per: Literal["event_type", "entity"] | None = field(
        or_none(_ONE_PER),
        "One subscription for each event type or entity; `{entity}`, `{status}` and "
        "`{event_type}` in name and to_url stand for it.",
        default=None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FileShape:
    """Webhook subscriptions of a Defacto account. Several files may share the list."""

    version: Literal[1] = field(core_schema.literal_schema([1]), "The version of this format.")
    default_environment: str | None = field(
        or_none(TEXT), "The environment when none is named with -e.", default=None
    )
    environments: Mapping[str, EnvironmentShape] | None = field(
        or_none(a_mapping(an_object(EnvironmentShape, forbid_others=True))), default=None
    )
    settings: SettingsShape | None = field(
        or_none(an_object(SettingsShape, forbid_others=True)), default=None
    )
    webhooks: Sequence[WebhookShape] = field(a_list(an_object(WebhookShape, forbid_others=True)), default=())


_FILE: Final = an_object(FileShape, forbid_others=True)
VALIDATOR: Final = validator(_FILE)


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the file, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **fields.json_schema(_FILE),
        "title": "webhooks.yaml",
    }
