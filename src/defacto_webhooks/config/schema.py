"""The schema of `webhooks.yaml`, for the loader as for editors."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from defacto_webhooks.config import patterns
from defacto_webhooks.config.wrong import OrWrong
from defacto_webhooks.settings import Scope, Settings, StrictModel

# Not strict, as YAML has lists and no tuples; what is in one still is.
_Texts = Annotated[tuple[OrWrong[str], ...], Field(strict=False)]
_EventType = Annotated[str, Field(json_schema_extra=patterns.EVENT_TYPE)]
_EventTypes = Annotated[tuple[OrWrong[_EventType], ...], Field(strict=False, min_length=1)]


class EnvironmentEntry(StrictModel):
    """An account of Defacto: sandbox and production are separate ones with separate keys."""

    model_config = ConfigDict(json_schema_extra=patterns.KEY_WHERE_NEEDED)

    api_url: OrWrong[str] = Field(
        description="Where the API is; `embedded` is a Defacto API inside the command, with no account.",
        examples=["https://api-sandbox.getdefacto.com", "https://api.getdefacto.com", "embedded"],
        json_schema_extra=patterns.API_URL,
    )
    api_key: OrWrong[Annotated[str, Field(json_schema_extra=patterns.API_KEY)]] | None = Field(
        default=None,
        description="The API key, from a variable. `embedded` needs none.",
        examples=["${DEFACTO_API_KEY}"],
        repr=False,
    )
    variables: OrWrong[dict[str, OrWrong[str]]] = Field(
        default={},
        description="Values for `${NAME}` in this environment. They are shown in plans: no secrets here.",
        examples=[{"CALLBACK_HOST": "hooks.example.com"}],
    )


class WebhookEntry(StrictModel):
    """A subscription, or with `one_per` a family of them."""

    model_config = ConfigDict(json_schema_extra=patterns.KNOWN_PLACEHOLDERS)

    name: OrWrong[Annotated[str, Field(min_length=1)]] = Field(
        description="Unique: it identifies the subscription.",
        examples=["invoices", "loan-{status}"],
        json_schema_extra=patterns.NAME,
    )
    to_url: OrWrong[str] = Field(
        description="The URL that Defacto POSTs to. Keep its token in a variable.",
        examples=["https://${CALLBACK_HOST}/defacto/invoices?token=${CALLBACK_TOKEN}"],
        json_schema_extra=patterns.TO_URL,
        repr=False,
    )
    event_types: OrWrong[_EventTypes] = Field(
        description="Event types, or globs on them.",
        examples=[["Invoice.SUBMITTED", "Loan.*"], ["*"]],
    )
    environments: OrWrong[_Texts] | None = Field(
        default=None,
        description="Only in these environments. Default: all.",
        examples=[["sandbox", "production"]],
    )
    one_per: OrWrong[Literal["event_type", "entity"]] | None = Field(
        default=None,
        description="One subscription for each event type or entity; `{entity}`, `{status}` and "
        "`{event_type}` in name and to_url stand for it.",
        examples=["event_type", "entity"],
    )


class ConfigFile(StrictModel):
    """Webhook subscriptions of a Defacto account. Several files may share the list."""

    # A number, not `Literal[1]`, which `true` and 1.0 are equal to.
    version: OrWrong[Annotated[int, Field(ge=1, le=1)]] = Field(
        description="The version of this format.", examples=[1], json_schema_extra={"const": 1}
    )
    default_environment: OrWrong[str] | None = Field(
        default=None,
        description="The environment to use without -e.",
        examples=["local"],
    )
    environments: OrWrong[dict[str, OrWrong[EnvironmentEntry]]] | None = Field(
        default=None,
        description="The accounts, by name. "
        "Without them, DEFACTO_API_URL and DEFACTO_API_KEY say which one to use.",
        examples=[{"local": {"api_url": "embedded"}}],
    )
    settings: Settings | None = Field(
        default=None,
        description="How a plan is made: what is in scope, what is protected, how a change is carried out.",
        examples=[{"protect": ["billing-*"]}],
    )
    webhooks: OrWrong[Annotated[tuple[OrWrong[WebhookEntry], ...], Field(strict=False)]] = Field(
        default=(),
        description="The subscriptions, in any order.",
        examples=[
            [
                {
                    "name": "invoices",
                    "to_url": "https://hooks.example.com/defacto?token=${CALLBACK_TOKEN}",
                    "event_types": ["Invoice.SUBMITTED", "Invoice.VERIFIED"],
                }
            ]
        ],
    )


MODELS: Final = (ConfigFile, EnvironmentEntry, WebhookEntry, Settings, Scope)


class _ForEditors(GenerateJsonSchema):
    """Without what an editor would only repeat: the field's name as its title, null as its default."""

    def field_title_should_be_set(self, _: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        made = super().default_schema(schema)
        return {name: value for name, value in made.items() if (name, value) != ("default", None)}


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the file, for editors."""
    made = ConfigFile.model_json_schema(schema_generator=_ForEditors)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": "webhooks.yaml"}
