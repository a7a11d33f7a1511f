"""The `settings` of the file: how a plan is made. The file is checked against these very models.

And the two words that a file and a plan have for an account.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from defacto_webhooks.events import SHAPE

EMBEDDED: Final = "embedded"  # the `api_url` of an account that this process serves itself


class Nameless(str):
    """What the account of a file without `environments` is called. A file may use that word itself."""

    __slots__ = ()


NAMELESS: Final = Nameless("default")


class UpdateMode(StrEnum):
    """A new one instead of the old one, or a change in place."""

    REPLACE = "replace"
    PATCH = "patch"


class StrictModel(BaseModel):
    """A part of the file: no other fields, nothing converted, and no value quoted in an error."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", hide_input_in_errors=True)


# Not strict, as YAML has lists and no tuples; what is in one still is.
Globs = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(strict=False)]
_EventType = Annotated[
    str,
    Field(
        pattern=f"^{SHAPE}$",
        json_schema_extra={"patternErrorMessage": "An event type looks like Loan.CLOSED."},
    ),
]
_HOW_TO_UPDATE: Final = (
    "create the new one, see it in a fresh read, then delete the old one",
    "in place, wherever no event can be lost by it",
)


class Scope(StrictModel):
    """Which subscriptions of the account this file answers for."""

    name_prefix: str = Field(
        default="",
        description="Only names that start with this. A name in the file that doesn't is an error.",
        examples=["team-a-"],
    )
    ignore: Globs = Field(
        default=(),
        description="Globs on names: what matches is listed in plans, and never touched.",
        examples=[["manual-*"]],
    )


class Settings(StrictModel):
    """How a plan is made."""

    prune: bool = Field(
        default=True,
        description="Delete subscriptions in scope that the file does not list.",
        examples=[False],
    )
    scope: Scope = Field(
        default=Scope(),
        description="Which of the account's subscriptions this file manages. Default: all.",
        examples=[{"name_prefix": "team-a-"}, {"ignore": ["manual-*"]}],
    )
    protect: Globs = Field(
        default=(),
        description="Globs on names: a plan that would delete one of them is refused.",
        examples=[["billing-*"]],
    )
    update: Annotated[UpdateMode, Field(strict=False)] = Field(
        default=UpdateMode.REPLACE,
        description="How a subscription that differs is changed.",
        examples=["patch"],
        json_schema_extra={"enumDescriptions": [*_HOW_TO_UPDATE]},
    )
    max_delete_percent: int = Field(
        default=30,
        ge=0,
        le=100,
        description="A plan that deletes three subscriptions or more, and more than this share, is refused. "
        "With 0, any delete is.",
        examples=[50],
    )
    unwatched: Globs = Field(
        default=(),
        description="Globs on event types that nobody needs to receive: losing them is fine.",
        examples=[["Invoice.DELETED"]],
    )
    extra_event_types: Annotated[tuple[_EventType, ...], Field(strict=False)] = Field(
        default=(),
        description="Event types that Defacto has and the built-in catalogue does not.",
        examples=[["Loan.NEW_STATUS"]],
    )
