"""What the formats render besides plans and reports: a listing, the catalogue, findings, several plans."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from defacto_webhooks.diagnostics import Diagnostic
from defacto_webhooks.errors import UserError
from defacto_webhooks.events import EventType
from defacto_webhooks.plan import Plan
from defacto_webhooks.subscription import RemoteSubscription


class Plans(NamedTuple):
    """The plans of several environments, and why there is none for some, by their names."""

    plans: tuple[Plan, ...]
    failed: Mapping[str, UserError]


class Diagnostics(NamedTuple):
    """What is wrong with the file."""

    diagnostics: tuple[Diagnostic, ...]


class Listing(NamedTuple):
    """The subscriptions of an account. `reveal` shows their secrets: only because the user asked for it."""

    environment: str
    subscriptions: tuple[RemoteSubscription, ...]
    reveal: bool = False


class Catalogue(NamedTuple):
    """Event types, those of one entity next to each other; those that `source` has no longer; its month."""

    event_types: tuple[EventType, ...]
    retired: tuple[EventType, ...]
    source: str
    as_of: str


class Failure(NamedTuple):
    """Why there is no result, and what is known all the same: part of a JSON document."""

    error: UserError
    known: Mapping[str, object]
