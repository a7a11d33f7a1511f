"""The shape of `webhooks.yaml`: used to check it, and to print its JSON Schema."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from defacto_webhooks.events import EVENT_TYPES
from defacto_webhooks.models import UpdateMode


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True, frozen=True)


Glob = Annotated[str, Field(min_length=1)]


class EnvironmentShape(_Shape):
    """An account of Defacto: sandbox and production are separate ones with separate keys."""

    api_url: Annotated[
        str,
        Field(
            description="Where the API is; `embedded` is a Defacto API inside the command, with no account.",
            examples=["https://api-sandbox.getdefacto.com", "https://api.getdefacto.com", "embedded"],
        ),
    ]
    api_key: Annotated[
        str | None,
        Field(description="The API key, from a variable.", examples=["${DEFACTO_API_KEY}"]),
    ] = None
    variables: Annotated[
        dict[str, str],
        Field(
            description="Values for `${NAME}` in this environment. They are shown in plans: no secrets here."
        ),
    ] = {}


class ScopeShape(_Shape):
    """Which subscriptions of the account this file answers for."""

    name_prefix: Annotated[
        str, Field(description="Only names that begin with this. A name in the file without it is an error.")
    ] = ""
    ignore: Annotated[
        list[Glob],
        Field(description="Names that are listed in plans and never touched.", examples=[["manual-*"]]),
    ] = []


class SettingsShape(_Shape):
    """How a plan is made."""

    prune: Annotated[
        bool, Field(description="Delete subscriptions in scope that the file does not list.")
    ] = True
    scope: ScopeShape = ScopeShape()
    protect: Annotated[
        list[Glob],
        Field(
            description="A plan that would delete one of these names is refused.", examples=[["billing-*"]]
        ),
    ] = []
    update: Annotated[
        UpdateMode,
        Field(
            strict=False, description="replace: create the new one, then delete the old one. patch: in place."
        ),
    ] = UpdateMode.REPLACE
    max_delete_percent: Annotated[
        int,
        Field(
            ge=0, le=100, description="From 10 subscriptions on, deleting more than this share is refused."
        ),
    ] = 30
    extra_event_types: Annotated[
        list[str], Field(description="Event types that Defacto has and the built-in catalogue does not.")
    ] = []


class WebhookShape(_Shape):
    """A subscription, or with `one_per` a family of them."""

    name: Annotated[str, Field(min_length=1, description="Unique. It is how the subscription is recognised.")]
    to_url: Annotated[
        str,
        Field(
            description="The URL that Defacto POSTs to. Keep its token in a variable.",
            examples=["https://${CALLBACK_HOST}/defacto/invoices?token=${CALLBACK_TOKEN}"],
        ),
    ]
    event_types: Annotated[
        list[str],
        Field(
            description="Event types, or globs on them.",
            examples=[["Invoice.SUBMITTED", "Loan.*"], ["*"]],
            json_schema_extra={
                "items": {
                    "anyOf": [{"enum": ["*", *EVENT_TYPES]}, {"type": "string", "pattern": r"^[A-Za-z*?\[]"}]
                }
            },
        ),
    ]
    environments: Annotated[
        list[str] | None, Field(description="Only in these environments. Without it: in all.")
    ] = None
    one_per: Annotated[
        Literal["event_type", "entity"] | None,
        Field(
            description="One subscription for each event type or entity; `{entity}`, `{status}` and "
            "`{event_type}` in name and to_url stand for it."
        ),
    ] = None


class FileShape(_Shape):
    """Webhook subscriptions of a Defacto account. Several files may share the list."""

    version: Annotated[Literal[1], Field(description="The version of this format.")]
    default_environment: Annotated[
        str | None, Field(description="The environment when none is named with -e.")
    ] = None
    environments: dict[str, EnvironmentShape] | None = None
    settings: SettingsShape | None = None
    webhooks: list[WebhookShape] = []


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the file, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "webhooks.yaml",
        **FileShape.model_json_schema(),
    }
