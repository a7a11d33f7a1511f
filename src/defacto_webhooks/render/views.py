"""What the formats render besides plans and reports: an account, its receivers, the catalogue, findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, Self

from defacto_webhooks.diagnostics import Diagnostic
from defacto_webhooks.errors import UserError
from defacto_webhooks.events import EVENT_TYPES, EventType, unlisted_note
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


class Receivers(NamedTuple):
    """Who receives each type of the catalogue, then each other type that the account has.

    `note` says what to do about those that neither the catalogue nor the file knows, if there are any.
    """

    environment: str
    rows: Mapping[str, Sequence[RemoteSubscription]]
    note: str | None

    @classmethod
    def of(cls, environment: str, account: Iterable[RemoteSubscription], known: Collection[str] = ()) -> Self:
        """`known` are the event types that the file adds to the catalogue."""
        ordered = sorted(account, key=lambda remote: (remote.content.name, remote.id))
        others = {event_type for remote in ordered for event_type in remote.content.event_types}
        others.difference_update(EVENT_TYPES)
        rows: dict[str, list[RemoteSubscription]] = {
            event_type: [] for event_type in (*EVENT_TYPES, *sorted(others))
        }
        for remote in ordered:
            for event_type in remote.content.event_types:
                rows[event_type].append(remote)
        return cls(environment, rows, unlisted_note(others, known))


def twice(receivers: Sequence[RemoteSubscription]) -> set[RemoteSubscription]:
    """Those that share their URL with another one."""
    urls = Counter(remote.content.to_url for remote in receivers)
    return {remote for remote in receivers if urls[remote.content.to_url] > 1}
