"""What a plan means for who receives what: event types gained and lost, pairs stranded, warnings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from defacto_webhooks.events import is_retired, unlisted_note
from defacto_webhooks.globs import matches
from defacto_webhooks.plan.model import Action, Change, Coverage, Stranded
from defacto_webhooks.settings import Settings
from defacto_webhooks.subscription import RemoteSubscription, Subscription


def contents_afterwards(
    current: Iterable[RemoteSubscription], changes: Sequence[Change]
) -> list[Subscription]:
    """What the account holds once all is done."""
    touched = {change.existing.id for change in changes if change.existing}
    untouched = [remote.content for remote in current if remote.id not in touched]
    return untouched + [change.desired for change in changes if change.desired]


def coverage(
    current: Iterable[RemoteSubscription], afterwards: Iterable[Subscription], unwatched: Sequence[str]
) -> Coverage:
    """Event types that come to be received, or no longer are.

    No loss: what is under the globs `unwatched`, and a retired type, which Defacto no longer sends.
    """
    before = {event_type for remote in current for event_type in remote.content.event_types}
    after = {event_type for content in afterwards for event_type in content.event_types}
    lost = (name for name in before - after if not matches(name, unwatched) and not is_retired(name))
    return Coverage(gained=tuple(sorted(after - before)), lost=tuple(sorted(lost)))


def stranded(
    wanted: Iterable[Subscription], afterwards: Iterable[Subscription], changes: Iterable[Change]
) -> tuple[Stranded, ...]:
    """The wanted pairs that the chosen changes take away: the entry that would deliver them is not chosen."""
    delivered = {pair for content in afterwards for pair in content.pairs()}
    wanted_by = {pair: subscription.name for subscription in wanted for pair in subscription.pairs()}
    found = {
        Stranded(change.name, pair[1], wanted_by[pair])
        for change in changes
        if change.existing
        for pair in change.existing.content.pairs()
        if pair in wanted_by and pair not in delivered
    }
    return tuple(sorted(found, key=lambda lost: (lost.change, lost.wanted_by, lost.event_type)))


def warnings(
    changes: Iterable[Change],
    wanted: Iterable[Subscription],
    current: Iterable[RemoteSubscription],
    settings: Settings,
) -> Iterator[str]:
    """What a reader should know before saying yes.

    Also, of the account's event types, which neither the catalogue nor the file has.
    """
    known = {*settings.extra_event_types, *(name for one in wanted for name in one.event_types)}
    if note := unlisted_note((name for one in current for name in one.content.event_types), known):
        yield note
    replaced = []
    for change in changes:
        if change.action is Action.REPLACE and change.existing and change.desired:
            if not set(change.existing.content.event_types).isdisjoint(change.desired.event_types):
                replaced.append(change.name)
        elif change.twin_of and change.existing and change.fields:
            going = change.existing.id
            yield (
                f"{change.name!r} exists more than once, and {going}, which will be deleted, differs from "
                f"{change.twin_of.id}: make sure that {going} is not the one in use"
            )
    if replaced:
        what = f"{replaced[0]!r} is" if len(replaced) == 1 else f"{len(replaced)} subscriptions are"
        yield (
            f"{what} replaced, the new one created before the old one is deleted: no event is lost, but some "
            "may arrive twice for a moment"
        )
