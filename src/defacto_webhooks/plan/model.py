"""What a plan is made of: frozen, sorted values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any, Literal, NamedTuple, TypeAlias

from defacto_webhooks.diagnostics import Span
from defacto_webhooks.redaction import SecretUrl
from defacto_webhooks.settings import Settings
from defacto_webhooks.subscription import RemoteSubscription, Subscription


class Action(StrEnum):
    """What happens to one subscription, as a person would say it."""

    CREATE = "create"
    REPLACE = "replace"  # create the new one, then delete the old one
    UPDATE = "update"  # PATCH in place
    DELETE = "delete"


class Phase(IntEnum):
    """Steps that only add come first; those that take something away wait for a read that shows the first."""

    ADD = 1
    REMOVE = 2


class Step(NamedTuple):
    """One request that changes the account.

    `before` is the content that the subscription `id` must have for the step to be sent: what was
    shown. None for a create. `after` is the content it will have. None for a delete.
    """

    kind: Literal["create", "patch", "delete"]
    phase: Phase
    id: str | None
    before: Subscription | None
    after: Subscription | None


class ListChange(NamedTuple):
    """A field that is a list in which order does not matter: what came and what went."""

    field: str
    added: tuple[Any, ...]
    removed: tuple[Any, ...]

    def document(self) -> dict[str, Any]:
        return {"added": list(self.added), "removed": list(self.removed)}


class UrlChange(NamedTuple):
    """A field that is a URL."""

    field: str
    before: SecretUrl
    after: SecretUrl

    def document(self) -> dict[str, Any]:
        return {
            "before": str(self.before),
            "after": str(self.after),
            "secret_changed": self.after.secret_differs(self.before),
        }


class ValueChange(NamedTuple):
    """Any other field."""

    field: str
    before: Any
    after: Any

    def document(self) -> dict[str, Any]:
        return {"before": self.before, "after": self.after}


FieldChange: TypeAlias = ListChange | UrlChange | ValueChange


class Change(NamedTuple):
    """One line of a plan. `existing` is what the account has, `desired` what the file wants."""

    action: Action
    name: str
    reason: str
    existing: RemoteSubscription | None
    desired: Subscription | None
    steps: tuple[Step, ...]
    fields: tuple[FieldChange, ...] = ()  # what differs between `existing` and `desired`
    is_twin: bool = False  # a delete of one of several subscriptions of one name; another one stays
    location: Span | None = None

    @property
    def renamed_from(self) -> str | None:
        if self.existing is None or self.desired is None or self.existing.content.name == self.desired.name:
            return None
        return self.existing.content.name


class Coverage(NamedTuple):
    """Event types that nobody received before (gained) or nobody will receive any more (lost)."""

    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


class Stranded(NamedTuple):
    """An event type that `change` takes from a URL where `wanted_by`, which is not chosen, wants it."""

    change: str
    event_type: str
    wanted_by: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that `apply` would do, and what a reader needs to judge it. Equal inputs, equal plans."""

    environment: str
    api_url: str
    changes: tuple[Change, ...]  # by name, then action, then id
    unchanged: tuple[RemoteSubscription, ...]
    ignored: tuple[RemoteSubscription, ...]
    unmanaged: tuple[RemoteSubscription, ...]  # in scope, not in the file, kept by `prune: false`
    coverage: Coverage
    warnings: tuple[str, ...]
    fingerprint: str
    settings: Settings
    names_in_scope: frozenset[str]  # names the account has in scope now, for the guards
    targets: tuple[str, ...] = ()
    stranded: tuple[Stranded, ...] = ()  # only with targets: events that the chosen changes would lose
    step_fingerprints: tuple[str, ...] = field(default=(), repr=False)  # sorted; one for each step

    @property
    def is_empty(self) -> bool:
        return not self.changes

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for change in self.changes for step in change.steps)

    def count(self, action: Action) -> int:
        return sum(change.action is action for change in self.changes)
