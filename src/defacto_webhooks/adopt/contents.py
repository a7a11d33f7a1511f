"""What of an account goes into its file: one entry a name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from defacto_webhooks.events import unlisted
from defacto_webhooks.plan.scope import ByName
from defacto_webhooks.settings import Settings
from defacto_webhooks.subscription import RemoteSubscription

_GLOB: Final = re.compile(r"[*?\[]")


class ExportedEntry(NamedTuple):
    """One name: the subscription that the file lists, and those that a plan would delete for it."""

    chosen: RemoteSubscription
    copies: tuple[RemoteSubscription, ...]  # twins of the same content
    others: tuple[RemoteSubscription, ...]  # twins that differ


class Contents(NamedTuple):
    """What the file says.

    left_out: names that no file can hold, and why.
    unlisted: its event types that the built-in catalogue does not have.
    """

    entries: tuple[ExportedEntry, ...]
    left_out: Mapping[str, str]
    settings: Settings
    unlisted: tuple[str, ...]


def choose(managed: ByName, refused: Mapping[str, str], settings: Settings) -> Contents:
    """`refused` says by id why a subscription can't be in a file."""
    entries, left_out = [], {}
    for name in sorted(managed):
        twins = sorted(managed[name], key=lambda remote: remote.id)
        chosen = next((remote for remote in twins if remote.id not in refused), None)
        if chosen is None:
            left_out[name] = refused[twins[0].id]
            continue
        others = [remote for remote in twins if remote is not chosen]
        copies = tuple(remote for remote in others if remote.content == chosen.content)
        entries.append(
            ExportedEntry(chosen, copies, tuple(remote for remote in others if remote not in copies))
        )
    new_types = unlisted(event_type for entry in entries for event_type in entry.chosen.content.event_types)
    left_alone = (_exactly(name) for name in left_out if name)
    scope = settings.scope.model_copy(update={"ignore": (*settings.scope.ignore, *left_alone)})
    adapted = settings.model_copy(
        update={
            "prune": settings.prune and "" not in managed,
            "scope": scope,
            "extra_event_types": unlisted({*new_types, *settings.extra_event_types}),
        }
    )
    return Contents(tuple(entries), left_out, adapted, new_types)


def _exactly(name: str) -> str:
    """The glob that matches `name` alone."""
    return _GLOB.sub(lambda match: f"[{match[0]}]", name)
