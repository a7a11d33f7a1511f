"""The diff: what the file wants against what the account has."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain

from defacto_webhooks.diagnostics import Span
from defacto_webhooks.events import unlisted_note
from defacto_webhooks.globs import matches
from defacto_webhooks.plan import fingerprints, ordering
from defacto_webhooks.plan.changes import field_changes
from defacto_webhooks.plan.model import (
    Action,
    Change,
    Coverage,
    FieldChange,
    ListChange,
    Phase,
    Plan,
    Step,
    Stranded,
)
from defacto_webhooks.plan.ordering import Difference, Pair
from defacto_webhooks.plan.scope import split
from defacto_webhooks.redaction import Secret
from defacto_webhooks.settings import Settings
from defacto_webhooks.subscription import RemoteSubscription, Subscription


def make_plan(
    desired: Iterable[Subscription],
    current: Sequence[RemoteSubscription],
    settings: Settings,
    *,
    environment: str,
    api_url: str,
    fingerprint_key: Secret,
    targets: Collection[str] = (),
    locate: Callable[[str], Span | None] = lambda _: None,
) -> Plan:
    """Compare the file with the account.

    `desired` has unique names, `current` is the whole account. `targets` are globs on names; empty
    means everything. `locate` says where in the file a name stands.
    """
    wanted = {subscription.name: subscription for subscription in desired}
    managed, ignored = split(current, settings)

    def chosen(*names: str) -> bool:
        return not targets or any(matches(name, targets) for name in names)

    unchanged, differing, twins = _compare(wanted, managed)
    missing = [subscription for name, subscription in wanted.items() if name not in managed]
    strangers = [remote for name, remotes in managed.items() if name not in wanted for remote in remotes]
    unmanaged: list[RemoteSubscription] = []
    if settings.prune:
        renamed, missing, strangers = _pair_renames(missing, strangers)
        differing += renamed
    else:
        unmanaged, strangers = strangers, []

    differing = [d for d in differing if chosen(d.desired.name, d.existing.content.name)]
    twins = [(remote, kept) for remote, kept in twins if chosen(remote.content.name)]
    missing = [subscription for subscription in missing if chosen(subscription.name)]
    strangers = [remote for remote in strangers if chosen(remote.content.name)]

    gone = [remote for remote, _ in twins] + strangers
    touched = {remote.id for remote in gone}.union(difference.existing.id for difference in differing)
    carried = chain.from_iterable(
        chain(
            (remote.content.pairs() for remote in current if remote.id not in touched),
            (subscription.pairs() for subscription in missing),
        )
    )
    all_wanted = chain.from_iterable(subscription.pairs() for subscription in wanted.values())
    steps = ordering.change_steps(differing, gone, carried, all_wanted, settings.update) if differing else []
    changes = [
        *(_create(subscription, locate) for subscription in missing),
        *(_delete(remote, "the file does not list it") for remote in strangers),
        *(_delete(remote, f"a twin: {kept}", is_twin=True) for remote, kept in twins),
        *(_differ(d, s, fingerprint_key, locate) for d, s in zip(differing, steps, strict=True)),
    ]
    changes.sort(
        key=lambda change: (change.name, change.action, change.existing.id if change.existing else "")
    )
    step_fingerprints = tuple(
        sorted(fingerprints.of_step(step, fingerprint_key) for change in changes for step in change.steps)
    )
    return Plan(
        environment=environment,
        api_url=api_url,
        changes=tuple(changes),
        unchanged=tuple(unchanged),
        ignored=ignored,
        unmanaged=tuple(unmanaged),
        coverage=_coverage(current, changes),
        warnings=(*_warnings(changes), *_unlisted(wanted.values(), current, settings)),
        fingerprint=fingerprints.of_steps(step_fingerprints, fingerprint_key),
        settings=settings,
        names_in_scope=frozenset(managed),
        targets=tuple(sorted(targets)),
        stranded=_stranded(wanted.values(), current, changes) if targets else (),
        step_fingerprints=step_fingerprints,
    )


def _compare(
    wanted: Mapping[str, Subscription], managed: Mapping[str, list[RemoteSubscription]]
) -> tuple[list[RemoteSubscription], list[Difference], list[tuple[RemoteSubscription, str]]]:
    """By name: what is right, what differs, and the twins with a word on the one that stays."""
    unchanged, differing, twins = [], [], []
    for name, desired in wanted.items():
        remotes = managed.get(name)
        if not remotes:
            continue
        keeper = remotes[0] if len(remotes) == 1 else min(remotes, key=lambda r: (r.content != desired, r.id))
        is_exact = keeper.content == desired
        if is_exact:
            unchanged.append(keeper)
        else:
            differing.append(Difference(keeper, desired))
        if len(remotes) > 1:
            kept = f"{keeper.id} of the same name " + ("stays" if is_exact else "is brought in line")
            twins += [(remote, kept) for remote in remotes if remote is not keeper]
    return unchanged, differing, twins


def _pair_renames(
    missing: Sequence[Subscription], strangers: Sequence[RemoteSubscription]
) -> tuple[list[Difference], list[Subscription], list[RemoteSubscription]]:
    """Pairs that differ in nothing but the name, and what is left of both sides."""
    if not missing or not strangers:
        return [], list(missing), list(strangers)
    by_content: dict[object, list[RemoteSubscription]] = {}
    for remote in sorted(strangers, key=lambda r: (r.content.name, r.id), reverse=True):
        by_content.setdefault((remote.content.to_url, remote.content.event_types), []).append(remote)
    renamed, created = [], []
    for desired in sorted(missing, key=lambda s: s.name):
        candidates = by_content.get((desired.to_url, desired.event_types))
        if candidates:
            renamed.append(Difference(candidates.pop(), desired))
        else:
            created.append(desired)
    taken = {difference.existing.id for difference in renamed}
    return renamed, created, [remote for remote in strangers if remote.id not in taken]


def _create(desired: Subscription, locate: Callable[[str], Span | None]) -> Change:
    return Change(
        action=Action.CREATE,
        name=desired.name,
        reason="the account does not have it",
        existing=None,
        desired=desired,
        steps=ordering.create_steps(desired),
        location=locate(desired.name),
    )


def _delete(existing: RemoteSubscription, reason: str, *, is_twin: bool = False) -> Change:
    return Change(
        action=Action.DELETE,
        name=existing.content.name,
        reason=reason,
        existing=existing,
        desired=None,
        steps=ordering.delete_steps(existing),
        is_twin=is_twin,
    )


def _differ(
    difference: Difference, steps: tuple[Step, ...], key: Secret, locate: Callable[[str], Span | None]
) -> Change:
    existing, desired = difference
    fields = field_changes(existing.content, desired, key)
    return Change(
        action=Action.REPLACE if steps[0].kind == "create" else Action.UPDATE,
        name=desired.name,
        reason=", ".join(map(_in_words, fields)),
        existing=existing,
        desired=desired,
        steps=steps,
        fields=fields,
        location=locate(desired.name),
    )


def _in_words(field: FieldChange) -> str:
    if isinstance(field, ListChange):
        return f"{field.field} differ"
    return f"it is called {field.before!r} there" if field.field == "name" else f"{field.field} differs"


def _coverage(current: Iterable[RemoteSubscription], changes: Sequence[Change]) -> Coverage:
    if not changes:
        return Coverage()
    gone = {change.existing.id for change in changes if change.existing}
    before: set[str] = set()
    after: set[str] = set()
    for remote in current:
        before.update(remote.content.event_types)
        if remote.id not in gone:
            after.update(remote.content.event_types)
    for change in changes:
        if change.desired:
            after.update(change.desired.event_types)
    return Coverage(gained=tuple(sorted(after - before)), lost=tuple(sorted(before - after)))


def _stranded(
    wanted: Iterable[Subscription], current: Iterable[RemoteSubscription], changes: Sequence[Change]
) -> tuple[Stranded, ...]:
    """The wanted pairs that the chosen changes take away: the entry that would carry them is not chosen."""
    touched = {step.id for change in changes for step in change.steps if step.phase is Phase.REMOVE}
    carried: set[Pair] = set()
    for remote in current:
        if remote.id not in touched:
            carried.update(remote.content.pairs())
    for change in changes:
        if change.desired:
            carried.update(change.desired.pairs())
    wanted_by = {pair: subscription.name for subscription in wanted for pair in subscription.pairs()}
    return tuple(
        sorted(
            {
                Stranded(change.name, pair[1], wanted_by[pair])
                for change in changes
                for step in change.steps
                if step.phase is Phase.REMOVE and step.before
                for pair in step.before.pairs()
                if pair in wanted_by and pair not in carried
            },
            key=lambda s: (s.change, s.wanted_by, s.event_type),
        )
    )


def _unlisted(
    wanted: Iterable[Subscription], current: Iterable[RemoteSubscription], settings: Settings
) -> Iterable[str]:
    """A line on the account's event types that neither the catalogue nor the file has."""
    known = {*settings.extra_event_types, *(name for one in wanted for name in one.event_types)}
    note = unlisted_note((name for one in current for name in one.content.event_types), known)
    return () if note is None else (note,)


def _warnings(changes: Iterable[Change]) -> tuple[str, ...]:
    twice = [
        change.name
        for change in changes
        if change.action is Action.REPLACE
        and change.existing
        and change.desired
        and not set(change.existing.content.event_types).isdisjoint(change.desired.event_types)
    ]
    if not twice:
        return ()
    what = f"{twice[0]!r} is" if len(twice) == 1 else f"{len(twice)} subscriptions are"
    return (
        f"{what} replaced, the new one before the old one goes: no event is lost, but some may arrive twice "
        "for a moment",
    )
