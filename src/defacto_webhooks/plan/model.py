"""What a plan is made of: frozen, sorted values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, NamedTuple, TypeAlias

from defacto_webhooks.diagnostics import Span
from defacto_webhooks.redaction import SecretUrl
from defacto_webhooks.settings import Settings
from defacto_webhooks.subscription import Pair, RemoteSubscription, Subscription


class Action(StrEnum):
    """What happens to one subscription, as a person would say it."""

    CREATE = "create"
    REPLACE = "replace"  # create the new one, then delete the old one
    UPDATE = "update"  # PATCH in place
    DELETE = "delete"


class Step(NamedTuple):
    """One request that changes the account.

    `before` is the content that the subscription `id` must have for the step to be sent: what was
    shown. None for a create. `after` is the content it will have. None for a delete.
    """

    kind: Literal["create", "patch", "delete"]
    id: str | None
    before: Subscription | None
    after: Subscription | None

    @classmethod
    def create(cls, desired: Subscription) -> Step:
        return cls("create", None, None, desired)

    @classmethod
    def patch(cls, existing: RemoteSubscription, desired: Subscription) -> Step:
        return cls("patch", existing.id, existing.content, desired)

    @classmethod
    def delete(cls, existing: RemoteSubscription) -> Step:
        return cls("delete", existing.id, existing.content, None)

    def taken_away(self) -> frozenset[Pair]:
        """The pairs that its target delivers before, and not after."""
        before = self.before.pairs() if self.before else ()
        return frozenset(before).difference(self.after.pairs() if self.after else ())


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


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a plan. `existing` is what the account has, `desired` what the file wants.

    twin_of: for a delete of one of several subscriptions of one name, the one of them that stays.
    renamed_to: for a delete that finishes a rename, the name under which the same content is there already.
    fields: what differs between `existing` and `desired`, or between a twin and the one that stays.
    """

    action: Action
    name: str
    reason: str
    existing: RemoteSubscription | None
    desired: Subscription | None
    steps: tuple[Step, ...]
    fields: tuple[FieldChange, ...] = ()
    twin_of: RemoteSubscription | None = None
    renamed_to: str | None = None
    location: Span | None = None

    @property
    def renamed_from(self) -> str | None:
        if self.existing is None or self.desired is None or self.existing.content.name == self.desired.name:
            return None
        return self.existing.content.name

    @property
    def is_copy(self) -> bool:
        """Whether it only deletes a twin that is the same as the one that stays."""
        return self.twin_of is not None and not self.fields


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
    api_url: str  # as it may be shown
    account: str = field(repr=False)  # the keyed fingerprint of the whole api_url
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
