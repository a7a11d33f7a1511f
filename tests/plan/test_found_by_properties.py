"""What the properties found once, shrunk, as plain tests."""

from __future__ import annotations

from defacto_webhooks.plan.guards import check
from defacto_webhooks.settings import Settings, UpdateMode
from defacto_webhooks.subscription import RemoteSubscription
from tests.accounts import EVENTS, URLS, plan_of, remote, subscription

PATCH = Settings(update=UpdateMode.PATCH)
ONE, TWO = URLS[0], URLS[1]
CLOSED, TO_REPAY, PAID = EVENTS


def test_a_change_that_saves_a_pair_is_the_same_before_and_after_another_one_saved_it() -> None:
    """Two could save (TWO, CLOSED). Were both to, the second would look different once one is done."""
    account = [remote("0", "a", ONE, CLOSED), remote("1", "a", TWO, CLOSED), remote("2", "b", ONE, CLOSED)]
    desired = [subscription("a", TWO, CLOSED, TO_REPAY), subscription("b", TWO, CLOSED)]
    plan = plan_of(desired, account, PATCH)
    created = [step.after for step in plan.steps if step.kind == "create"]
    assert len(created) == 1
    assert created[0]
    rest = plan_of(desired, [*account, RemoteSubscription("3", created[0])], PATCH)
    assert set(rest.steps) <= set(plan.steps)


def test_what_a_split_patch_carries_for_a_moment_strands_an_event_all_the_same() -> None:
    account = [remote("0", "c", ONE, CLOSED, PAID), remote("1", "c", ONE, TO_REPAY)]
    desired = [subscription("a", ONE, CLOSED, PAID), subscription("c", ONE, CLOSED, TO_REPAY)]
    [guard] = check(plan_of(desired, account, PATCH, targets=["c"]))
    assert guard.code == "would-lose-events"
    assert PAID in guard.message
