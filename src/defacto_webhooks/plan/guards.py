"""Refusals: plans that are more likely a mistake than a wish. Pure: a plan comes in, guards come out."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from defacto_webhooks.errors import UserError
from defacto_webhooks.globs import matches
from defacto_webhooks.phrases import some
from defacto_webhooks.plan import Action, Plan

_NAMED: Final = 5  # subscriptions in a message
MASS_DELETE_FROM = 10  # existing names in scope; below that, a percentage says little


class Guard(NamedTuple):
    """Why an apply of this plan is refused. `override` is the option that allows it, None: there is none."""

    code: str
    message: str
    override: str | None


def check(plan: Plan) -> tuple[Guard, ...]:
    """The guards that refuse `plan`, by code.

    Counted are names that would be left with no subscription, of all names in scope. A replace, a rename
    and a twin leave one, so they don't count; for `protect`, the old name of a rename goes.
    """
    renamed = {change.renamed_from for change in plan.changes if change.renamed_from is not None}
    deleted = {
        change.name for change in plan.changes if change.action is Action.DELETE and not change.is_twin
    }
    protected = sorted(name for name in deleted | renamed if matches(name, plan.settings.protect))
    stranded = [
        Guard(
            "would-lose-events",
            f"{lost.change!r} would stop {lost.event_type} at a URL where {lost.wanted_by!r} wants it: "
            f"add --target {lost.wanted_by!r}, or apply without --target",
            None,
        )
        for lost in plan.stranded
    ]
    found = [*_bulk(len(deleted - renamed), plan), *stranded]
    if protected:
        names = ", ".join(some(map(repr, protected), _NAMED))
        message = f"would delete {names}, which `settings.protect` forbids; edit the file to allow it"
        found.append(Guard("protected", message, None))
    return tuple(sorted(found, key=lambda guard: (guard.code, guard.message)))


def _bulk(gone: int, plan: Plan) -> Iterable[Guard]:
    total = len(plan.names_in_scope)
    limit = plan.settings.max_delete_percent
    if gone and gone == total:
        what = "the only subscription" if total == 1 else f"all {total} subscriptions"
        yield Guard("delete-all", f"would delete {what} in scope", "--allow delete-all")
    elif total >= MASS_DELETE_FROM and gone * 100 > limit * total:
        message = (
            f"would delete {gone} of {total} subscriptions, more than {limit}% (settings.max_delete_percent)"
        )
        yield Guard("mass-delete", message, "--allow mass-delete")


def refused(guards: Iterable[Guard], allowed: Collection[str]) -> tuple[Guard, ...]:
    """The guards that `allowed` (codes given with `--allow`) does not lift."""
    return tuple(guard for guard in guards if guard.override is None or guard.code not in allowed)


class GuardRefused(UserError):
    """An apply of the plan is refused: it is more likely a mistake than a wish."""

    def __init__(self, guards: Collection[Guard]) -> None:
        self.guards = tuple(guards)
        overrides = [guard.override for guard in self.guards if guard.override]
        hint = "change the file or the targets, then plan again"
        if len(overrides) == len(self.guards):
            hint = f"if that is what you want, add {' '.join(overrides)}"
        reasons = "; ".join(f"{guard.code}: {guard.message}" for guard in self.guards)
        super().__init__(f"refused: {reasons}", hint)


def enforce(plan: Plan, allowed: Collection[str] = ()) -> None:
    """Raises GuardRefused where a guard refuses `plan` that `allowed` does not lift."""
    left = refused(check(plan), allowed)
    if left:
        raise GuardRefused(left)
