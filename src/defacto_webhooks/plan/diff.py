"""The diff: what the file wants against what the account has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

from defacto_webhooks.diagnostics import Span
from defacto_webhooks.globs import matches
from defacto_webhooks.phrases import told_apart
from defacto_webhooks.plan import fingerprints, impact, ordering
from defacto_webhooks.plan.changes import field_changes
from defacto_webhooks.plan.model import Action, Change, Coverage, FieldChange, ListChange, Plan
from defacto_webhooks.plan.scope import ByName, split
from defacto_webhooks.redaction import Secret, SecretUrl
from defacto_webhooks.settings import Settings, UpdateMode
from defacto_webhooks.subscription import Pair, RemoteSubscription, Subscription

# Whether one may become the other. A plan that is resumed pairs them as it was approved: where two entries
# have one content, the half that is left would be paired with the other entry.
MayRename: TypeAlias = Callable[[RemoteSubscription, Subscription], bool]


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
        if approved is None:
            return True
        steps = ordering.create(into), ordering.patch(existing, into)
        return any(fingerprints.of_step(one, fingerprint_key) in approved for one in steps)

    found = _compare(wanted, managed, prune=settings.prune, may_rename=may_rename)
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
        warnings=tuple(
            sorted([*impact.warnings(changes), *impact.unlisted(wanted.values(), current, settings)])
        ),
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


class Twin(NamedTuple):
    """One of several subscriptions of one name, and the one of them that stays."""

    existing: RemoteSubscription
    keeper: RemoteSubscription
    keeper_is_right: bool


class Stranger(NamedTuple):
    """A subscription that the file does not list.

    known_as: the names under which the file lists the same content. renamed_to: the one of them that the
    account has already, so that only the rest of a rename is left to do; it finishes one rename at most.
    copy_of: one of exactly this name and content, which is renamed.
    """

    existing: RemoteSubscription
    known_as: tuple[str, ...] = ()
    renamed_to: str | None = None
    copy_of: RemoteSubscription | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Who is whose: every subscription of the file and every one in scope, in exactly one place."""

    unchanged: list[RemoteSubscription]
    differing: list[Difference]  # renames are among them
    twins: list[Twin]
    missing: list[Subscription]
    strangers: list[Stranger]
    unmanaged: list[RemoteSubscription]

    def only(self, targets: Collection[str]) -> Comparison:
        """Of what would change, that of which a name matches. A rename has two."""

        def chosen(*names: str) -> bool:
            return any(matches(name, targets) for name in names)

        return replace(
            self,
            differing=[d for d in self.differing if chosen(d.desired.name, d.existing.content.name)],
            twins=[twin for twin in self.twins if chosen(twin.existing.content.name)],
            missing=[subscription for subscription in self.missing if chosen(subscription.name)],
            strangers=[s for s in self.strangers if chosen(s.existing.content.name, *s.known_as)],
        )

    def touched(self) -> set[str]:
        """The ids that do not stay as they are."""
        changing = [*(d.existing for d in self.differing), *(twin.existing for twin in self.twins)]
        return {remote.id for remote in changing}.union(s.existing.id for s in self.strangers)


def _compare(
    wanted: Mapping[str, Subscription],
    managed: ByName,
    *,
    prune: bool,
    may_rename: MayRename,
) -> Comparison:
    unchanged: list[RemoteSubscription] = []
    differing: list[Difference] = []
    twins: list[Twin] = []
    for name, desired in wanted.items():
        remotes = managed.get(name)
        if not remotes:
            continue
        keeper = min(remotes, key=lambda r: (r.content != desired, r.id)) if len(remotes) > 1 else remotes[0]
        is_right = keeper.content == desired
        if is_right:
            unchanged.append(keeper)
        else:
            differing.append(Difference(keeper, desired))
        twins += [Twin(remote, keeper, is_right) for remote in remotes if remote is not keeper]
    missing = {name for name in wanted if name not in managed}
    strangers = [remote for name, remotes in managed.items() if name not in wanted for remote in remotes]
    others: list[Stranger] = []
    if prune and strangers:
        made = {remote.content.name for remote in unchanged}
        renamed, others = _renames(wanted, strangers, missing, made, may_rename)
        differing += renamed
        missing = missing.difference(difference.desired.name for difference in renamed)
    return Comparison(
        unchanged,
        differing,
        twins,
        missing=[wanted[name] for name in missing],
        strangers=others,
        unmanaged=[] if prune else strangers,
    )


def _renames(
    wanted: Mapping[str, Subscription],
    strangers: Iterable[RemoteSubscription],
    missing: Iterable[str],
    unchanged: Iterable[str],
    may_rename: MayRename,
) -> tuple[list[Difference], list[Stranger]]:
    """The strangers whose content the file wants under a name that is missing, each once; and the others."""
    names = defaultdict[Subscription, list[str]](list)
    for name in sorted(wanted):
        names[replace(wanted[name], name="")].append(name)
    to_make, made = set(missing), set(unchanged)
    renamed: list[Difference] = []
    others: list[Stranger] = []
    by_content: dict[Subscription, RemoteSubscription] = {}  # those that are renamed
    for remote in sorted(strangers, key=lambda r: (r.content.name, r.id)):
        known_as = names.get(replace(remote.content, name=""), [])
        if copied := by_content.get(remote.content):
            others.append(Stranger(remote, tuple(known_as), copy_of=copied))
        elif new_name := next(
            (name for name in known_as if name in to_make and may_rename(remote, wanted[name])), None
        ):
            by_content[remote.content] = remote
            to_make.remove(new_name)
            renamed.append(Difference(remote, wanted[new_name]))
        else:
            renamed_to = next((name for name in known_as if name in made), None)
            made.discard(renamed_to or "")
            others.append(Stranger(remote, tuple(known_as), renamed_to))
    return renamed, others


def _irreplaceable(
    wanted: Iterable[Subscription], current: Iterable[RemoteSubscription], found: Comparison
) -> frozenset[Pair]:
    """The pairs that the file wants and nothing delivers that stays as it is."""
    touched = found.touched()
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
            steps=(ordering.create(desired),),
            location=locate(desired.name),
        )
    for existing, desired in found.differing:
        steps = ordering.bring_in_line(existing, desired, mode, irreplaceable)
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
    for existing, keeper, keeper_is_right in found.twins:
        is_copy = existing.content == keeper.content
        fields = () if is_copy else field_changes(existing.content, keeper.content, key)
        reason = f"a {'twin' if fields else 'copy'} of {keeper.id}, which "
        reason += "stays" if keeper_is_right else "is changed to match the file"
        if fields:
            reason += f", with another {' and '.join(field.field for field in fields)}"
        yield _delete(existing, reason, fields=fields, twin_of=keeper)
    for existing, _, renamed_to, copy_of in found.strangers:
        reason = "the file does not list it"
        if copy_of is not None:
            reason = f"a copy of {copy_of.id}, which is renamed"
        if renamed_to is not None:
            reason = f"the file calls it {renamed_to!r}, and the account has it under that name already"
        yield _delete(existing, reason, renamed_to=renamed_to, twin_of=copy_of)


def _delete(
    existing: RemoteSubscription,
    reason: str,
    *,
    fields: tuple[FieldChange, ...] = (),
    twin_of: RemoteSubscription | None = None,
    renamed_to: str | None = None,
) -> Change:
    return Change(
        action=Action.DELETE,
        name=existing.content.name,
        reason=reason,
        existing=existing,
        desired=None,
        steps=(ordering.delete(existing),),
        fields=fields,
        twin_of=twin_of,
        renamed_to=renamed_to,
    )


def _in_words(field: FieldChange) -> str:
    if isinstance(field, ListChange):
        return f"{field.field} differ"
    if field.field == "name":
        return f"the account calls it {told_apart(field.before, field.after)[0]}"
    return f"{field.field} differs"
