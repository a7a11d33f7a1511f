"""What apply promises, over thousands of random accounts, files and fault schedules."""

from __future__ import annotations

import asyncio

from hypothesis import assume, event, given
from hypothesis import strategies as st

from defacto_webhooks.apply import Outcome, Report, Status, carry_out
from defacto_webhooks.errors import Exit
from defacto_webhooks.plan import Action, Plan
from defacto_webhooks.settings import Settings
from defacto_webhooks.subscription import RemoteSubscription, Subscription
from tests.accounts import accounts, files, plan_of, settings
from tests.apply.memory import NO_PAUSE, Fault, MemoryAccount, ReadFault

faults = st.lists(st.sampled_from(Fault), max_size=8)
read_faults = st.lists(st.sampled_from(ReadFault), max_size=4)


def apply(desired: list[Subscription], account: MemoryAccount, chosen: Settings) -> tuple[Plan, Report]:
    initial = tuple(account.remotes)
    plan = plan_of(desired, initial, chosen)
    report = asyncio.run(
        carry_out(
            plan,
            account,
            current=initial,
            desired=desired,
            replan=lambda current: plan_of(desired, current, chosen),
            parallelism=3,
            stop=account.stop,
            pace=NO_PAUSE,
        )
    )
    return plan, report


def settled(account: MemoryAccount) -> None:
    """Let what is still on its way arrive."""
    account.requests += 100
    account._tick()


def pairs(subscriptions: list[Subscription]) -> frozenset[object]:
    return frozenset(pair for subscription in subscriptions for pair in subscription.pairs())


@given(files, accounts, settings, faults, read_faults)
def test_no_gap_and_no_lie_and_convergence(
    desired: list[Subscription],
    remotes: list[RemoteSubscription],
    chosen: Settings,
    schedule: list[Fault],
    reads: list[ReadFault],
) -> None:
    # A server that denies what it did and can not be read right can not be told from an honest one.
    assume(Fault.REFUSED_AFTER not in schedule or not reads)
    before = list(remotes)
    kept = pairs(desired) & pairs([remote.content for remote in remotes])
    account = MemoryAccount(list(remotes), schedule, reads)
    plan, report = apply(desired, account, chosen)
    event(report.outcome)

    at_the_end = list(account.remotes)
    exit_code = report.exit_code
    assert (exit_code is Exit.DONE) == report.verified
    if report.verified:
        assert report.outcome in {Outcome.CONVERGED, Outcome.NO_CHANGES}
        assert {result.status for result in report.results} <= {Status.DONE}
        assert plan_of(desired, account.last_read or at_the_end, chosen).is_empty
    if exit_code in {Exit.ERROR, Exit.INTERRUPTED}:
        assert at_the_end == before

    # The report agrees with the account about every single change.
    there = {remote.id: remote.content for remote in at_the_end}
    assert len(report.results) >= len(plan.changes)
    for change, result in zip(plan.changes, report.results, strict=False):
        assert (change.action, change.name) == (result.action, result.name)
        so = change.desired is None or change.desired in there.values()
        if change.existing and change.action in {Action.DELETE, Action.REPLACE}:
            so = so and change.existing.id not in there
        if result.status is Status.DONE:
            assert so
        elif result.status in {Status.FAILED, Status.SKIPPED}:
            assert not so
            assert result.error

    settled(account)
    for covered in account.history:
        assert kept <= covered

    # Whatever happened: run again without faults, and everything is as the file says, once.
    again = MemoryAccount(account.remotes)
    _, second = apply(desired, again, chosen)
    assert second.verified
    for subscription in desired:
        assert [r.content for r in again.remotes if r.content.name == subscription.name] == [subscription]
    third, report = apply(desired, again, chosen)
    assert third.is_empty
    assert report.outcome is Outcome.NO_CHANGES
    for covered in again.history:
        assert kept <= covered


@given(files, accounts, settings)
def test_an_apply_is_its_changes_and_three_reads(
    desired: list[Subscription], remotes: list[RemoteSubscription], chosen: Settings
) -> None:
    account = MemoryAccount(list(remotes))
    plan, report = apply(desired, account, chosen)
    assert report.verified
    assert account.writes == len(plan.steps)
    assert account.log.count("read") + 1 <= 3
