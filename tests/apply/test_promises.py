"""The promises of apply as properties, against a server that fails on purpose."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import event, given, settings as examples, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from defacto_webhooks.apply import Outcome
from defacto_webhooks.settings import Scope, Settings
from defacto_webhooks.subscription import Subscription
from tests.accounts import files, plan_of, settings, targets
from tests.apply.applying import PARALLELISM, Raising, apply, pairs
from tests.apply.oracle import as_remote, check_report
from tests.faulty_server import (
    Call,
    Count,
    Fault,
    Gap,
    Ids,
    On,
    Pair,
    SecondWriter,
    Server,
    Stored,
    StoresOther,
    Upserts,
    When,
    strategies as faulty,
)

raising = st.lists(
    st.builds(Raising, st.integers(1, 9), st.sampled_from(Raising.KINDS), when=st.sampled_from(When)),
    max_size=3,
)
MONTHS = examples(max_examples=max(5, examples().max_examples // 4), stateful_step_count=8)


def lost(server: Server, desired: Sequence[Subscription]) -> list[Gap]:
    """The gaps, but for those that the server made by itself: it changed a subscription in place.

    One that updates by name takes from the old one what the new one doesn't have, whoever asks; and one that
    stores a PATCH otherwise has changed what was there. Nothing is deleted that would make it worse.
    """
    found, missing = [], frozenset[Pair]()
    for gap in server.gaps(pairs(desired)):
        by = server.history[gap.position]
        if not gap.missing <= missing and not (by.before and by.after):
            found.append(gap)
        missing = gap.missing
    return found


def check_converges(server: Server, desired: Sequence[Subscription], chosen: Settings) -> None:
    """Run again without faults: the account is as the file says, one of each; then nothing is to do."""
    server.reset(server.account)
    second = apply(server, desired, chosen)
    assert second.report
    assert second.report.verified
    for subscription in desired:
        found = [row for row in as_remote(server.account) if row.content.name == subscription.name]
        assert [row.content for row in found] == [subscription]
    assert not server.gaps(pairs(desired))
    third = apply(server, desired, chosen)
    assert third.report
    assert third.report.outcome is Outcome.NO_CHANGES


@given(
    desired=files,
    rows=faulty.accounts(),
    chosen=settings,
    schedule=faulty.schedules(stale=False, hangs=True, max_nth=2),
    envelope=faulty.envelopes,
    ids=faulty.ids,
)
def test_whatever_fails_nothing_is_lost_and_the_report_is_true(
    server: Server,
    desired: list[Subscription],
    rows: list[Stored],
    chosen: Settings,
    schedule: list[On],
    envelope: tuple[int, Count],
    ids: Ids,
) -> None:
    server.reset(rows, schedule, page_size=envelope[0], count=envelope[1], ids=ids)
    run = apply(server, desired, chosen)
    if run.plan and run.report:
        event(f"{run.report.outcome}, exit {int(run.report.exit_code)}")
        check_report(server, run.plan, run.report, desired)
        if run.report.verified:
            assert plan_of(desired, as_remote(server.account), chosen).is_empty
    else:
        event("the first read failed")
        assert len(server.history) == 1
    for fired in server.fired:
        event(fired.on.fault.kind)
    server.settle()
    assert not server.gaps(pairs(desired))
    assert not server.other_origin_bytes
    check_converges(server, desired, chosen)


@given(
    desired=files,
    rows=faulty.accounts(),
    chosen=settings,
    schedule=faulty.schedules(stale=False, hangs=True, max_nth=2, max_size=3),
    raising=raising,
)
def test_an_exception_of_any_class_out_of_a_request_leaves_it_unknown(
    server: Server,
    desired: list[Subscription],
    rows: list[Stored],
    chosen: Settings,
    schedule: list[On],
    raising: list[Raising],
) -> None:
    server.reset(rows, schedule)
    run = apply(server, desired, chosen, raising=raising)
    if run.plan and run.report:
        check_report(server, run.plan, run.report, desired)
    server.settle()
    assert not server.gaps(pairs(desired))
    check_converges(server, desired, chosen)


@given(
    desired=files,
    rows=faulty.accounts(),
    chosen=settings,
    ways=faulty.ways(),
    schedule=faulty.schedules(stale=False, hangs=True, max_nth=2, max_size=3),
    names=targets,
)
def test_whatever_the_ways_of_the_server_nothing_is_lost_and_the_report_is_true(
    server: Server,
    desired: list[Subscription],
    rows: list[Stored],
    chosen: Settings,
    ways: list[Fault],
    schedule: list[On],
    names: tuple[str, ...],
) -> None:
    """It trims, normalises, updates by name, refuses twins, is full, is slow to let go: always."""
    server.reset(rows, schedule, always=ways)
    run = apply(server, desired, chosen, names)
    if run.plan and run.report:
        event(f"{run.report.outcome}, exit {int(run.report.exit_code)}")
        check_report(server, run.plan, run.report, desired)
    for way in ways:
        event(way.kind)
    server.settle()
    assert not lost(server, desired)
    for subscription in desired:
        sent = [request for request in server.log if request.call is Call.CREATE and request.status != 429]
        assert sum(request.body["name"] == subscription.name for request in sent) <= 3
    check_converges(server, desired, chosen)


@given(
    desired=files,
    rows=faulty.accounts(),
    chosen=settings,
    schedule=faulty.schedules(lies=True, hangs=True, max_nth=2),
)
def test_no_gap_even_if_lists_are_stale_and_refusals_lie(
    server: Server,
    desired: list[Subscription],
    rows: list[Stored],
    chosen: Settings,
    schedule: list[On],
) -> None:
    """Here the report can only be as true as the answers; the promise that no event is lost still holds."""
    server.reset(rows, schedule)
    run = apply(server, desired, chosen)
    server.settle()
    assert not server.gaps(pairs(desired))
    if run.report is None:
        assert len(server.history) == 1
    check_converges(server, desired, chosen)


@given(desired=files.filter(bool), rows=faulty.accounts(), chosen=settings, data=st.data(), ids=faulty.ids)
def test_a_second_apply_of_the_same_file_ends_with_one_of_each(
    server: Server,
    desired: list[Subscription],
    rows: list[Stored],
    chosen: Settings,
    data: st.DataObject,
    ids: Ids,
) -> None:
    wanted = [(s.name, s.to_url.reveal(), s.event_types) for s in desired]
    schedule = data.draw(faulty.schedules(reads=False, stale=False, same_file=wanted))
    server.reset(rows, schedule, ids=ids)
    apply(server, desired, chosen)
    server.settle()
    assert not server.gaps(pairs(desired))
    check_converges(server, desired, chosen)


@given(
    desired=files,
    rows=faulty.accounts(),
    chosen=settings,
    schedule=faulty.schedules(stale=False, hangs=True, max_nth=2),
    nth=st.integers(1, 9),
    when=st.sampled_from(When),
)
def test_interrupted_it_starts_no_change_and_the_report_is_true(
    server: Server,
    desired: list[Subscription],
    rows: list[Stored],
    chosen: Settings,
    schedule: list[On],
    nth: int,
    when: When,
) -> None:
    stop, reached = asyncio.Event(), list[int]()

    def interrupt(_: object) -> None:
        stop.set()
        reached.append(len(server.log))

    server.reset(rows, [On(Call.ANY, nth, SecondWriter(interrupt, when=when)), *schedule])
    run = apply(server, desired, chosen, stop=stop)
    if reached:
        # What was on its way at that moment arrives.
        later = [request for request in server.log[reached[0] :] if request.method != "GET"]
        assert len(later) < PARALLELISM
    if run.plan and run.report:
        event(f"{run.report.outcome}, exit {int(run.report.exit_code)}")
        check_report(server, run.plan, run.report, desired)
    server.settle()
    assert not server.gaps(pairs(desired))
    check_converges(server, desired, chosen)


@given(desired=files, rows=faulty.accounts(), chosen=settings, names=targets)
def test_targets_touch_nothing_else(
    server: Server,
    desired: list[Subscription],
    rows: list[Stored],
    chosen: Settings,
    names: tuple[str, ...],
) -> None:
    """A plan with a would-lose-events guard is never carried out; apply holds back what it would lose."""
    server.reset(rows)
    run = apply(server, desired, chosen, names)
    assert run.plan
    assert run.report
    assert not server.gaps(pairs(desired))
    if not run.plan.stranded:
        assert run.report.verified
    if names:
        touched = {change.name for change in run.plan.changes}
        touched |= {change.renamed_from for change in run.plan.changes if change.renamed_from}
        before, now = set(rows), set(server.account)
        assert {row.name for row in before ^ now} <= touched


@given(desired=files, rows=faulty.accounts(), chosen=settings, page_size=st.sampled_from([2, 100]))
def test_a_plan_is_a_read_and_an_apply_its_changes_and_three(
    server: Server, desired: list[Subscription], rows: list[Stored], chosen: Settings, page_size: int
) -> None:
    server.reset(rows, page_size=page_size)
    run = apply(server, desired, chosen)
    assert run.plan
    assert run.report
    assert run.report.verified
    if run.plan.is_empty:
        assert {request.method for request in server.log} == {"GET"}
        assert len(server.log) == max(1, -(-len(rows) // page_size))
    else:
        writes = [request for request in server.log if request.method != "GET"]
        assert len(writes) == len(run.plan.steps)
        # One more where a delete waits for what a patch adds that takes something away, too.
        waits = any(step.kind == "patch" and step.taken_away() for step in run.plan.steps)
        assert page_size == 2 or len(server.log) <= len(writes) + 3 + waits


NEIGHBOURS = Settings(scope=Scope(name_prefix="x-"))


class ALife(RuleBasedStateMachine):
    """An account over months: the file is edited, applies fail in every way, nobody starts afresh.

    The server has ways of its own some days, and another environment with the same key shares the account.
    """

    server: Server

    @initialize(rows=faulty.accounts(), desired=files, chosen=settings)
    def begin(self, rows: list[Stored], desired: list[Subscription], chosen: Settings) -> None:
        self.server.reset(rows)
        self.desired = desired
        self.theirs: list[Subscription] = []
        self.edit_the_settings(chosen)
        self.gaps: list[object] = []

    @rule(desired=files)
    def edit_the_file(self, desired: list[Subscription]) -> None:
        self.desired = desired

    @rule(desired=files)
    def the_neighbours_edit_theirs(self, desired: list[Subscription]) -> None:
        self.theirs = [replace(one, name=f"x-{one.name}") for one in desired]

    @rule(chosen=settings)
    def edit_the_settings(self, chosen: Settings) -> None:
        ignored = (*chosen.scope.ignore, "x-*")
        self.chosen = chosen.model_copy(update={"scope": Scope(ignore=ignored)})

    @rule(
        schedule=faulty.schedules(stale=False, hangs=True, max_nth=2),
        ways=st.one_of(st.just([]), faulty.ways()),
        names=targets,
        raising=raising,
        is_ours=st.booleans(),
    )
    def apply_while_things_fail(
        self,
        schedule: list[On],
        ways: list[Fault],
        names: tuple[str, ...],
        raising: list[Raising],
        is_ours: bool,
    ) -> None:
        self.server.reset(self.server.account, schedule, always=ways)
        desired, chosen = (self.desired, self.chosen) if is_ours else (self.theirs, NEIGHBOURS)
        others = self.of_others(is_ours)
        run = apply(self.server, desired, chosen, names, raising=raising)
        if run.plan and run.report:
            check_report(self.server, run.plan, run.report, desired)
        self.server.settle()
        self.gaps += lost(self.server, desired)
        if not any(isinstance(way, StoresOther | Upserts) for way in ways):  # which may name it otherwise
            assert self.of_others(is_ours) == others

    @rule(is_ours=st.booleans())
    def apply_on_a_good_day(self, is_ours: bool) -> None:
        self.server.reset(self.server.account)
        desired, chosen = (self.desired, self.chosen) if is_ours else (self.theirs, NEIGHBOURS)
        others = self.of_others(is_ours)
        run = apply(self.server, desired, chosen)
        assert run.report
        assert run.report.verified
        self.gaps += self.server.gaps(pairs(desired))
        assert plan_of(desired, as_remote(self.server.account), chosen).is_empty
        assert self.of_others(is_ours) == others

    def of_others(self, is_ours: bool) -> list[Stored]:
        return [row for row in self.server.account if row.name.startswith("x-") == is_ours]

    @invariant()
    def nothing_was_lost(self) -> None:
        assert not getattr(self, "gaps", [])


def test_over_months_nothing_is_lost(server: Server) -> None:
    ALife.server = server
    run_state_machine_as_test(ALife, settings=MONTHS)
