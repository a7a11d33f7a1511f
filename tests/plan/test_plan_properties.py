"""Promises that the plan alone can keep or break, over random files and accounts."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from defacto_webhooks.plan import Phase, Step
from defacto_webhooks.plan.guards import check
from defacto_webhooks.settings import Settings
from defacto_webhooks.subscription import RemoteSubscription, Subscription
from tests.accounts import accounts, files, plan_of, settings, targets


def carry_out(step: Step, account: list[RemoteSubscription]) -> list[RemoteSubscription]:
    """What a server does with one step; a step never names something that is not there."""
    if step.kind == "create":
        assert step.after
        return [*account, RemoteSubscription(f"new-{len(account)}-{step.after.name}", step.after)]
    [target] = [remote for remote in account if remote.id == step.id]
    assert target.content == step.before
    rest = [remote for remote in account if remote.id != step.id]
    return [*rest, RemoteSubscription(target.id, step.after)] if step.after else rest


def pairs(subscriptions: list[Subscription]) -> set[object]:
    return {pair for subscription in subscriptions for pair in subscription.pairs()}


def any_order(steps: tuple[Step, ...], seed: int) -> list[Step]:
    """All that adds, then all that removes; within a phase in any order."""
    dice = random.Random(seed)
    return sorted(steps, key=lambda step: (step.phase, dice.random()))


seeds = st.integers(0, 2**16)


@given(files, accounts, settings, seeds)
def test_no_wanted_pair_is_ever_uncovered(
    desired: list[Subscription], account: list[RemoteSubscription], chosen: Settings, seed: int
) -> None:
    kept = pairs(desired) & pairs([remote.content for remote in account])
    for step in any_order(plan_of(desired, account, chosen).steps, seed):
        account = carry_out(step, account)
        assert kept <= pairs([remote.content for remote in account])


@given(files, accounts, settings, targets, seeds)
def test_chosen_targets_strand_nothing_unless_a_guard_says_so(
    desired: list[Subscription],
    account: list[RemoteSubscription],
    chosen: Settings,
    names: tuple[str, ...],
    seed: int,
) -> None:
    plan = plan_of(desired, account, chosen, names)
    kept = pairs(desired) & pairs([remote.content for remote in account])
    gap = False
    for step in any_order(plan.steps, seed):
        account = carry_out(step, account)
        gap |= not kept <= pairs([remote.content for remote in account])
    assert gap == any(guard.code == "would-lose-events" for guard in check(plan))
    assert plan_of(desired, account, chosen, names).is_empty


@given(files, accounts, settings, seeds)
def test_once_carried_out_nothing_is_left_and_every_name_is_there_once(
    desired: list[Subscription], account: list[RemoteSubscription], chosen: Settings, seed: int
) -> None:
    for step in any_order(plan_of(desired, account, chosen).steps, seed):
        account = carry_out(step, account)
    assert plan_of(desired, account, chosen).is_empty
    for subscription in desired:
        assert [r.content for r in account if r.content.name == subscription.name] == [subscription]


@given(files, accounts, settings, seeds, st.integers(0, 20))
def test_what_is_left_after_any_interruption_was_in_the_plan(
    desired: list[Subscription], account: list[RemoteSubscription], chosen: Settings, seed: int, after: int
) -> None:
    """So that a saved plan can be resumed."""
    plan = plan_of(desired, account, chosen)
    for step in any_order(plan.steps, seed)[:after]:
        account = carry_out(step, account)
    rest = plan_of(desired, account, chosen)
    assert set(rest.steps) <= set(plan.steps)
    assert set(rest.step_fingerprints) <= set(plan.step_fingerprints)


@given(files, accounts, settings, st.randoms(use_true_random=False))
def test_order_of_file_and_account_never_matters(
    desired: list[Subscription], account: list[RemoteSubscription], chosen: Settings, dice: random.Random
) -> None:
    first = plan_of(desired, account, chosen)
    dice.shuffle(desired)
    dice.shuffle(account)
    second = plan_of(desired, account, chosen)
    assert first.changes == second.changes
    assert first.fingerprint == second.fingerprint
    assert check(first) == check(second)


@given(files, accounts, settings)
def test_ignored_and_foreign_subscriptions_are_never_touched(
    desired: list[Subscription], account: list[RemoteSubscription], chosen: Settings
) -> None:
    plan = plan_of(desired, account, chosen)
    names = {remote.id: remote.content.name for remote in account}
    touched = {names[step.id] for step in plan.steps if step.id is not None}
    if chosen.scope.ignore:
        assert "manual-x" not in touched
        assert {remote.content.name for remote in plan.ignored} <= {"manual-x"}
    if not chosen.prune:
        assert touched <= {subscription.name for subscription in desired}


@given(files, accounts, settings)
def test_every_replace_creates_before_it_deletes(
    desired: list[Subscription], account: list[RemoteSubscription], chosen: Settings
) -> None:
    for step in plan_of(desired, account, chosen).steps:
        taken = set(step.before.pairs()) if step.before else set()
        taken -= set(step.after.pairs()) if step.after else set()
        assert (step.phase is Phase.REMOVE) == bool(taken)
