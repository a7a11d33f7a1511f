"""The diff: what the file wants against what the account has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from defacto_webhooks.diagnostics import Span
from defacto_webhooks.globs import matches
from defacto_webhooks.phrases import told_apart
from defacto_webhooks.plan import fingerprints, impact
from defacto_webhooks.plan.changes import field_changes
from defacto_webhooks.plan.model import Action, Change, Coverage, FieldChange, ListChange, Plan, Step
from defacto_webhooks.plan.scope import ByName, split
from defacto_webhooks.redaction import Secret, SecretUrl
from defacto_webhooks.settings import Settings, UpdateMode
from defacto_webhooks.subscription import Pair, RemoteSubscription, Subscription


def make_plan(
    desired: Iterable[Subscription],
    current: Sequence[RemoteSubscription],
    settings: Settings,
    *,
    environment: str,
    api_url: SecretUrl | str,
    fingerprint_key: Secret,
    targets: Collection[str] = (),
    approved: Collection[str] | None = None,
    locate: Callable[[str], Span | None] = lambda _: None,
) -> Plan:
    """Compare the file with the account.

    `desired` has unique names, `current` is the whole account. `targets` are globs on names; empty
    means everything. `approved` are the fingerprints of the steps of a plan that is resumed. `locate` says
    where in the file a name stands.
    """
    wanted = {subscription.name: subscription for subscription in desired}
    managed, ignored = split(current, settings)

    def may_rename(existing: RemoteSubscription, into: Subscription) -> bool:
        """A plan that is resumed pairs them as it was approved: where two entries have one content, the half
        that is left would be paired with the other entry.
        """
        if approved is None:
            return True
        steps = Step.create(into), Step.patch(existing, into)
        return any(fingerprints.of_step(one, fingerprint_key) in approved for one in steps)

    found = _compare(wanted, managed)
    if settings.prune and found.unmanaged:
        found = _pruned(found, wanted, may_rename)
    if targets:
        found = found.only(targets)
    irreplaceable = frozenset[Pair]()
    if found.differing and settings.update is UpdateMode.PATCH:
        irreplaceable = _irreplaceable(wanted.values(), current, found)
    changes = sorted(
        _changes(found, settings.update, irreplaceable, fingerprint_key, locate),
        key=lambda change: (change.name, change.action, change.existing.id if change.existing else ""),
    )
    afterwards = impact.contents_afterwards(current, changes) if changes else []
    step_fingerprints = tuple(
        sorted(fingerprints.of_step(step, fingerprint_key) for change in changes for step in change.steps)
    )
    return Plan(
        environment=environment,
        api_url=str(api_url),
        account=fingerprints.of_account(api_url, fingerprint_key),
        changes=tuple(changes),
        unchanged=tuple(found.unchanged),
        ignored=ignored,
        unmanaged=tuple(found.unmanaged),
        coverage=impact.coverage(current, afterwards, settings.unwatched) if changes else Coverage(),
        warnings=tuple(sorted(impact.warnings(changes, wanted.values(), current, settings))),
        fingerprint=fingerprints.of_plan(environment, api_url, step_fingerprints, fingerprint_key),
        settings=settings,
        names_in_scope=frozenset(managed),
        targets=tuple(sorted(targets)),
        stranded=impact.stranded(wanted.values(), afterwards, changes) if targets else (),
        step_fingerprints=step_fingerprints,
    )


class Difference(NamedTuple):
    """A subscription of the account, and what the file wants in its place."""

    existing: RemoteSubscription
    desired: Subscription


class Leaver(NamedTuple):
    """A subscription of the account that goes.

    twin_of: the one of the same name beside which it is one too many, and what becomes of that one.
    known_as: the names under which the file lists the same content. renamed_to: the one of them that the
    account has already, so that only the rest of a rename is left to do; it finishes one rename at most.
    """

    existing: RemoteSubscription
    twin_of: RemoteSubscription | None = None
    fate_of_twin: str = ""
    known_as: tuple[str, ...] = ()
    renamed_to: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Who is whose: every subscription of the file and every one in scope, in exactly one place."""

    unchanged: list[RemoteSubscription]
    differing: list[Difference]  # renames are among them
    missing: list[Subscription]
    leaving: list[Leaver]
    unmanaged: list[RemoteSubscription]

    def only(self, targets: Collection[str]) -> Comparison:
        """Of what would change, that of which a name matches. A rename has two."""

        def chosen(*names: str) -> bool:
            return any(matches(name, targets) for name in names)

        return replace(
            self,
            differing=[d for d in self.differing if chosen(d.desired.name, d.existing.content.name)],
            missing=[subscription for subscription in self.missing if chosen(subscription.name)],
            leaving=[one for one in self.leaving if chosen(one.existing.content.name, *one.known_as)],
        )


def _compare(wanted: Mapping[str, Subscription], managed: ByName) -> Comparison:
    """By their names alone: what the file does not list is unmanaged."""
    found = Comparison([], [], [], [], [])
    for name, desired in wanted.items():
        remotes = managed.get(name)
        if not remotes:
            found.missing.append(desired)
            continue
        keeper = remotes[0] if len(remotes) == 1 else min(remotes, key=lambda r: (r.content != desired, r.id))
        is_right = keeper.content == desired
        if is_right:
            found.unchanged.append(keeper)
        else:
            found.differing.append(Difference(keeper, desired))
        if len(remotes) > 1:
            fate = "stays" if is_right else "is changed to match the file"
            found.leaving.extend(Leaver(remote, keeper, fate) for remote in remotes if remote is not keeper)
    for name, remotes in managed.items():
        if name not in wanted:
            found.unmanaged.extend(remotes)
    return found


def _pruned(
    found: Comparison,
    wanted: Mapping[str, Subscription],
    may_rename: Callable[[RemoteSubscription, Subscription], bool],
) -> Comparison:
    """With nothing unmanaged: it is renamed to what is missing and has its content, each once, or it goes."""
    names = defaultdict[Subscription, list[str]](list)
    for name in sorted(wanted):
        names[replace(wanted[name], name="")].append(name)
    to_make = {desired.name for desired in found.missing}
    made = {remote.content.name for remote in found.unchanged}
    renamed: list[Difference] = []
    leaving: list[Leaver] = []
    by_content: dict[Subscription, RemoteSubscription] = {}  # those that are renamed
    for remote in sorted(found.unmanaged, key=lambda r: (r.content.name, r.id)):
        known_as = tuple(names.get(replace(remote.content, name=""), ()))
        into = (name for name in known_as if name in to_make and may_rename(remote, wanted[name]))
        if copied := by_content.get(remote.content):
            leaving.append(Leaver(remote, copied, "is renamed", known_as))
        elif new_name := next(into, None):
            by_content[remote.content] = remote
            to_make.remove(new_name)
            renamed.append(Difference(remote, wanted[new_name]))
        else:
            renamed_to = next((name for name in known_as if name in made), None)
            made.discard(renamed_to or "")
            leaving.append(Leaver(remote, known_as=known_as, renamed_to=renamed_to))
    return replace(
        found,
        differing=found.differing + renamed,
        missing=[desired for desired in found.missing if desired.name in to_make],
        leaving=found.leaving + leaving,
        unmanaged=[],
    )


def _irreplaceable(
    wanted: Iterable[Subscription], current: Iterable[RemoteSubscription], found: Comparison
) -> frozenset[Pair]:
    """The pairs that the file wants and nothing delivers that stays as it is."""
    touched = {one.existing.id for one in found.differing}.union(one.existing.id for one in found.leaving)
    wanted_pairs = frozenset(pair for subscription in wanted for pair in subscription.pairs())
    return wanted_pairs.difference(
        pair for remote in current if remote.id not in touched for pair in remote.content.pairs()
    )


def _changes(
    found: Comparison,
    mode: UpdateMode,
    irreplaceable: Collection[Pair],
    key: Secret,
    locate: Callable[[str], Span | None],
) -> Iterator[Change]:
    for desired in found.missing:
        yield Change(
            action=Action.CREATE,
            name=desired.name,
            reason="the account does not have it",
            existing=None,
            desired=desired,
            steps=(Step.create(desired),),
            location=locate(desired.name),
        )
    for existing, desired in found.differing:
        steps = _steps(existing, desired, mode, irreplaceable)
        fields = field_changes(existing.content, desired, key)
        yield Change(
            action=Action.UPDATE if len(steps) == 1 else Action.REPLACE,
            name=desired.name,
            reason=", ".join(map(_in_words, fields)),
            existing=existing,
            desired=desired,
            steps=steps,
            fields=fields,
            location=locate(desired.name),
        )
    for existing, twin_of, fate_of_twin, _, renamed_to in found.leaving:
        fields = ()
        reason = "the file does not list it"
        if twin_of is not None:
            fields = field_changes(existing.content, twin_of.content, key)
            reason = f"a {'twin' if fields else 'copy'} of {twin_of.id}, which {fate_of_twin}"
            if fields:
                reason += f", with another {' and '.join(field.field for field in fields)}"
        elif renamed_to is not None:
            reason = f"renamed to {renamed_to!r} in the file, and the account already has that one"
        yield Change(
            action=Action.DELETE,
            name=existing.content.name,
            reason=reason,
            existing=existing,
            desired=None,
            steps=(Step.delete(existing),),
            fields=fields,
            twin_of=twin_of,
            renamed_to=renamed_to,
        )


def _steps(
    existing: RemoteSubscription, desired: Subscription, mode: UpdateMode, irreplaceable: Collection[Pair]
) -> tuple[Step, ...]:
    """One PATCH where `mode` asks for it and it takes none of the `irreplaceable` pairs away, else a replace.

    Creates and patches are sent first, deletes once a read has shown all of them, and within both everything
    at the same time. So a patch may take nothing away that the file wants, unless a subscription that no
    request touches delivers it all along.
    """
    in_place = Step.patch(existing, desired)
    if mode is UpdateMode.PATCH and in_place.taken_away().isdisjoint(irreplaceable):
        return (in_place,)
    return Step.create(desired), Step.delete(existing)


def _in_words(field: FieldChange) -> str:
    if isinstance(field, ListChange):
        return f"{field.field} differ"
    if field.field == "name":
        return f"the account calls it {told_apart(field.before, field.after)[0]}"
    return f"{field.field} differs"
