"""Refusals: plans that are more likely a mistake than intended. Pure: a plan comes in, guards come out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from defacto_webhooks.errors import UserError
from defacto_webhooks.globs import matches
from defacto_webhooks.phrases import some
from defacto_webhooks.plan import Action, Plan

MASS_DELETE_FROM: Final = 3  # names; fewer are no mass
LIFTABLE: Final = ("delete-all", "lost-events", "mass-delete")  # the guards that `--allow` lifts
_DELETE_ALL, _LOST_EVENTS, _MASS_DELETE = LIFTABLE  # the first lifts the others, too
_NAMED: Final = 5  # how many of many a message names


class Guard(NamedTuple):
    """Why an apply of this plan is refused. `override` is the option that allows it, None: there is none."""

    code: str
    message: str
    override: str | None


class GuardRefused(UserError):
    """The plan is refused by `guards`, and nothing was done."""

    def __init__(self, guards: Sequence[Guard]) -> None:
        hint = (
            f"if that is what you want, add {' '.join(f'--allow {code}' for code in codes_to_allow(guards))}"
        )
        if any(guard.override is None for guard in guards):
            hint = "change the file or the targets, then plan again"
        reasons = "; ".join(f"{guard.code}: {guard.message}" for guard in guards)
        super().__init__(f"refused: {reasons}", hint)
        self.guards = tuple(guards)


def check(plan: Plan) -> tuple[Guard, ...]:
    """The guards that refuse `plan`, by code.

    Names are counted: those that would be left with no subscription, of all names in scope. A replace, a
    rename (also one that was begun) and a twin leave one.
    """
    found = [*_bulk(plan), *_lost_events(plan), *_protected(plan), *_incomplete_target(plan)]
    return tuple(sorted(found, key=lambda guard: (guard.code, guard.message)))


def enforce(plan: Plan, allowed: Collection[str] = ()) -> None:
    """Raises GuardRefused where a guard refuses `plan` that `allowed` (codes, as `--allow`) does not lift."""
    if left := refused(check(plan), allowed):
        raise GuardRefused(left)


def refused(guards: Sequence[Guard], allowed: Collection[str]) -> tuple[Guard, ...]:
    """The guards that `allowed` does not lift. Whoever allows all to be deleted allows all that is less."""
    everything = _DELETE_ALL in allowed
    return tuple(g for g in guards if g.override is None or not (everything or g.code in allowed))


def codes_to_allow(guards: Iterable[Guard]) -> tuple[str, ...]:
    """What has to be allowed for those of `guards` that can be lifted, sorted."""
    codes = {guard.code for guard in guards if guard.override}
    return (_DELETE_ALL,) if _DELETE_ALL in codes else tuple(sorted(codes))


def _guard(code: str, message: str) -> Guard:
    return Guard(code, message, f"--allow {code}" if code in LIFTABLE else None)


def _bulk(plan: Plan) -> Iterator[Guard]:
    deletes = (change for change in plan.changes if change.action is Action.DELETE)
    deleted = {change.name for change in deletes if not change.twin_of and change.renamed_to is None}
    gone, total = len(deleted), len(plan.names_in_scope)
    limit = plan.settings.max_delete_percent
    if gone and gone == total:
        what = "the only subscription" if total == 1 else f"all {total} subscriptions"
        yield _guard(_DELETE_ALL, f"would delete {what} in scope")
    elif gone and limit == 0:
        names = _listed(map(repr, sorted(deleted)))
        yield _guard(_MASS_DELETE, f"would delete {names}, and `settings.max_delete_percent` is 0")
    elif gone >= MASS_DELETE_FROM and gone * 100 > limit * total:
        share = f"more than {limit}% (`settings.max_delete_percent`)"
        yield _guard(_MASS_DELETE, f"would delete {gone} of {total} subscriptions, {share}")


def _lost_events(plan: Plan) -> Iterator[Guard]:
    if plan.coverage.lost:
        yield _guard(
            _LOST_EVENTS,
            f"nobody would receive {_listed(plan.coverage.lost)}; list event types that nobody needs in "
            "`settings.unwatched`",
        )


def _protected(plan: Plan) -> Iterator[Guard]:
    """The old name of a rename goes, and so does what is special about a twin that differs."""
    going = {change.renamed_from for change in plan.changes if change.renamed_from is not None}
    twins = set[str]()
    for change in plan.changes:
        if change.action is Action.DELETE and not change.is_copy:
            (twins if change.twin_of else going).add(change.name)
    protected = [repr(name) for name in sorted(going) if matches(name, plan.settings.protect)]
    protected += [
        f"a twin of {name!r} that differs" for name in sorted(twins) if matches(name, plan.settings.protect)
    ]
    if protected:
        message = (
            f"would delete {_listed(protected)}, which `settings.protect` forbids; edit the file to allow it"
        )
        yield _guard("protected", message)


def _incomplete_target(plan: Plan) -> Iterator[Guard]:
    event_types = defaultdict[tuple[str, str], list[str]](list)
    for lost in plan.stranded:
        event_types[lost.change, lost.wanted_by].append(lost.event_type)
    for (change, wanted_by), lost_types in event_types.items():
        message = (
            f"{change!r} would stop {_listed(lost_types)} at a URL where {wanted_by!r} wants it: "
            f"add --target {wanted_by!r}, or apply without --target"
        )
        yield _guard("incomplete-target", message)


def _listed(items: Iterable[str]) -> str:
    return ", ".join(some(items, _NAMED))
