"""Who receives what in an account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from defacto_webhooks.events import EVENT_TYPES, unlisted_note
from defacto_webhooks.subscription import RemoteSubscription


@dataclass(frozen=True, slots=True)
class Row:
    """One event type. `twice` are those of `receivers` that share their URL with another of them."""

    event_type: str
    receivers: tuple[RemoteSubscription, ...]
    twice: frozenset[RemoteSubscription]

    @classmethod
    def of(cls, event_type: str, receivers: Iterable[RemoteSubscription]) -> Row:
        ordered = tuple(receivers)
        urls = Counter(remote.content.to_url for remote in ordered)
        twice = frozenset(remote for remote in ordered if urls[remote.content.to_url] > 1)
        return cls(event_type, ordered, twice)


@dataclass(frozen=True, slots=True)
class Receivers:
    """A row for each type of the catalogue, then one for each other type that the account has.

    `note` says what to do about those that neither the catalogue nor the file knows, if there are any.
    """

    environment: str
    rows: tuple[Row, ...]
    note: str | None

    @classmethod
    def of(
        cls, environment: str, account: Iterable[RemoteSubscription], known: Collection[str] = ()
    ) -> Receivers:
        """`known` are the event types that the file adds to the catalogue."""
        ordered = sorted(account, key=lambda remote: (remote.content.name, remote.id))
        receivers: dict[str, list[RemoteSubscription]] = {event_type: [] for event_type in EVENT_TYPES}
        others = {event_type for remote in ordered for event_type in remote.content.event_types}
        receivers.update((event_type, []) for event_type in sorted(others - set(EVENT_TYPES)))
        for remote in ordered:
            for event_type in remote.content.event_types:
                receivers[event_type].append(remote)
        rows = tuple(Row.of(event_type, found) for event_type, found in receivers.items())
        return cls(environment, rows, unlisted_note(others, known))
