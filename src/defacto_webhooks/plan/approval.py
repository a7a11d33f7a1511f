"""Whether a plan holds nothing but what was approved: all of it, or what an interrupted apply left."""

from __future__ import annotations

from collections.abc import Collection

from defacto_webhooks.plan.fingerprints import of_step
from defacto_webhooks.plan.model import Action, Change, Plan, Step
from defacto_webhooks.redaction import Secret


def unapproved(plan: Plan, approved: Collection[str], key: Secret) -> tuple[Change, ...]:
    """The changes of `plan` that need a step which is not among `approved`, fingerprints made with `key`.

    Two things are as good as approved: an exact copy of a subscription that stays may go, as a create that
    was given up can land late; and what was to be replaced may be patched, once that loses nothing.
    """
    known = frozenset(approved)
    staying = {remote.id for remote in plan.unchanged}

    def is_approved(change: Change) -> bool:
        if change.is_copy and change.twin_of and change.twin_of.id in staying:
            return True
        steps = change.steps
        if known.issuperset(of_step(step, key) for step in steps):
            return True
        if change.action is Action.UPDATE and change.existing and change.desired:
            steps = Step.create(change.desired), Step.delete(change.existing)
        return known.issuperset(of_step(step, key) for step in steps)

    return tuple(change for change in plan.changes if not is_approved(change))
