"""The shape of `webhooks.yaml`: used to check it, and to print its JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic_core import core_schema

from defacto_webhooks import fields
from defacto_webhooks.config import patterns
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
from defacto_webhooks.settings import UpdateMode

_PERCENT: Final = core_schema.int_schema(strict=True, ge=0, le=100)
_ONE_PER: Final = core_schema.literal_schema(["event_type", "entity"])
_UPDATE: Final = core_schema.enum_schema(UpdateMode, list(UpdateMode), sub_type="str")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentShape:
    """An account of Defacto: sandbox and production are separate ones with separate keys."""

    api_url: str = field(
        TEXT,
        "Where the API is; `embedded` is a Defacto API inside the command, with no account.",
        json={
            "examples": ["https://api-sandbox.getdefacto.com", "https://api.getdefacto.com", "embedded"],
            **patterns.API_URL,
        },
    )
    api_key: str | None = field(
        or_none(TEXT),
        "The API key, from a variable. `embedded` needs none.",
        json={"examples": ["${DEFACTO_API_KEY}"], **patterns.API_KEY},
        default=None,
        repr=False,
    )
    variables: Mapping[str, str] = field(
        a_mapping(TEXT),
        "Values for `${NAME}` in this environment. They are shown in plans: no secrets here.",
        json={"examples": [{"CALLBACK_HOST": "hooks.example.com"}]},
        default_factory=dict,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeShape:
    """Which subscriptions of the account this file answers for."""

    name_prefix: str = field(
        TEXT,
        "Only names that begin with this. A name in the file without it is an error.",
        json={"examples": ["team-a-"]},
        default="",
    )
    ignore: Sequence[str] = field(
        a_list(WORD),
        "Globs on names: what matches is listed in plans and never touched.",
        json={"examples": [["manual-*"]]},
        default=(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsShape:
    """How a plan is made."""

    prune: bool = field(
        BOOLEAN,
        "Delete subscriptions in scope that the file does not list.",
        json={"examples": [False]},
        default=True,
    )
    scope: ScopeShape = field(
        an_object(ScopeShape, forbid_others=True),
        "Which subscriptions of the account this file answers for. Without it: all.",
        json={"examples": [{"name_prefix": "team-a-"}, {"ignore": ["manual-*"]}]},
        default=ScopeShape(),
    )
    protect: Sequence[str] = field(
        a_list(WORD),
        "Globs on names: a plan that would delete one of them is refused.",
        json={"examples": [["billing-*"]]},
        default=(),
    )
    update: UpdateMode = field(
        _UPDATE,
        "How a subscription that differs is brought in line.",
        json={
            "examples": ["patch"],
            "enumDescriptions": [
                "create the new one, see it in a fresh read, then delete the old one",
                "in place, wherever no event can be lost by it",
            ],
        },
        default=UpdateMode.REPLACE,
    )
    max_delete_percent: int = field(
        _PERCENT,
        "From 10 subscriptions on, a plan that deletes more than this share is refused.",
        json={"examples": [50]},
        default=30,
    )
    unwatched: Sequence[str] = field(
        a_list(WORD),
        "Globs on event types that nobody needs to receive: their loss is no loss.",
        json={"examples": [["Invoice.DELETED"]]},
        default=(),
    )
    extra_event_types: Sequence[str] = field(
        a_list(TEXT),
        "Event types that Defacto has and the built-in catalogue does not.",
        json={"examples": [["Loan.NEW_STATUS"]], "items": {"type": "string", **patterns.EXTRA_EVENT_TYPE}},
        default=(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookShape:
    """A subscription, or with `one_per` a family of them."""

    name: str = field(
        WORD,
        "Unique. It is how the subscription is recognised.",
        json={"examples": ["invoices", "loan-{status}"], **patterns.NAME},
    )
    to_url: str = field(
        TEXT,
        "The URL that Defacto POSTs to. Keep its token in a variable.",
        json={
            "examples": ["https://${CALLBACK_HOST}/defacto/invoices?token=${CALLBACK_TOKEN}"],
            **patterns.TO_URL,
        },
        repr=False,
    )
    event_types: Sequence[str] = field(
        a_list(TEXT),
        "Event types, or globs on them.",
        json={
            "examples": [["Invoice.SUBMITTED", "Loan.*"], ["*"]],
            "minItems": 1,
            "items": patterns.EVENT_TYPE,
        },
    )
    environments: Sequence[str] | None = field(
        or_none(a_list(TEXT)),
        "Only in these environments. Without it: in all.",
        json={"examples": [["sandbox", "production"]]},
        default=None,
    )
    one_per: Literal["event_type", "entity"] | None = field(
        or_none(_ONE_PER),
        "One subscription for each event type or entity; `{entity}`, `{status}` and "
        "`{event_type}` in name and to_url stand for it.",
        json={"examples": ["event_type", "entity"]},
        default=None,
    )


_ENVIRONMENT: Final = an_object(EnvironmentShape, forbid_others=True, json=patterns.KEY_WHERE_NEEDED)
_WEBHOOK: Final = an_object(WebhookShape, forbid_others=True, json=patterns.KNOWN_PLACEHOLDERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileShape:
    """Webhook subscriptions of a Defacto account. Several files may share the list."""

    version: Literal[1] = field(
        core_schema.literal_schema([1]), "The version of this format.", json={"examples": [1]}
    )
    default_environment: str | None = field(
        or_none(TEXT),
        "The environment when none is named with -e.",
        json={"examples": ["local"]},
        default=None,
    )
    environments: Mapping[str, EnvironmentShape] | None = field(
        or_none(a_mapping(_ENVIRONMENT)),
        "The accounts, by name. Without them, DEFACTO_API_URL and DEFACTO_API_KEY say which one is meant.",
        json={"examples": [{"local": {"api_url": "embedded"}}]},
        default=None,
    )
    settings: SettingsShape | None = field(
        or_none(an_object(SettingsShape, forbid_others=True)),
        "How a plan is made: what is in scope, what is protected, how a change is carried out.",
        json={"examples": [{"protect": ["billing-*"]}]},
        default=None,
    )
    webhooks: Sequence[WebhookShape] = field(
        a_list(_WEBHOOK),
        "The subscriptions, in any order.",
        json={
            "examples": [
                [
                    {
                        "name": "invoices",
                        "to_url": "https://hooks.example.com/defacto?token=${CALLBACK_TOKEN}",
                        "event_types": ["Invoice.SUBMITTED", "Invoice.VERIFIED"],
                    }
                ]
            ]
        },
        default=(),
    )


_FILE: Final = an_object(FileShape, forbid_others=True)
VALIDATOR: Final = validator(_FILE)


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the file, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **fields.json_schema(_FILE),
        "title": "webhooks.yaml",
    }
