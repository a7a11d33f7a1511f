"""Servers with ways of their own: what an apply makes of them, and that each of its sentences is true."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import TypeVar

import pytest

from defacto_webhooks.api import DefactoApi
from defacto_webhooks.apply import Report, Status
from defacto_webhooks.errors import Exit
from defacto_webhooks.plan import Plan
from defacto_webhooks.render import words
from defacto_webhooks.settings import Scope, Settings, UpdateMode
from defacto_webhooks.subscription import RemoteSubscription, Subscription
from tests.accounts import EVENTS, URLS, subscription
from tests.apply.applying import apply, calls, contents, pairs
from tests.faulty_server import (
    REWRITES,
    Account,
    Call,
    Creates,
    CutOff,
    Deletes,
    Full,
    HalfJson,
    Hang,
    Late,
    Lingers,
    On,
    Patches,
    RefusesTwins,
    Reset,
    Rewrite,
    Says,
    SecondWriter,
    Server,
    Stale,
    Status as Answer,
    StoresOther,
    Upserts,
    When,
    composes_name,
    drops_event,
    stored,
    trims_name,
)

OLD = stored("9", "a", URLS[1], EVENTS[0])
NEW = subscription("a", URLS[0], EVENTS[0])
PATCH = Settings(update=UpdateMode.PATCH)
T = TypeVar("T")


def reported(server: Server, desired: Sequence[Subscription], *how: object, **more: object) -> Report:
    run = apply(server, desired, *how, **more)  # type: ignore[arg-type]
    assert run.report
    return run.report


def row(report: Report, name: str) -> tuple[Status, str]:
    [result] = [result for result in report.results if result.name == name]
    return result.status, result.error or ""


@pytest.mark.parametrize("rewrite", REWRITES)
@pytest.mark.parametrize("hides_it", [False, True])
def test_a_patch_that_is_stored_otherwise_is_sent_once_said_and_nothing_is_deleted(
    server: Server, rewrite: Rewrite, hides_it: bool
) -> None:
    old = stored("9", " Ab ", URLS[1], *EVENTS[:2])
    goes = stored("7", "goes", URLS[2], EVENTS[0])
    wanted = subscription(" Ab ", f"{URLS[1]}&A=b#f", *EVENTS)
    server.reset([old, goes], always=[StoresOther(rewrite, hides_it=hides_it)])
    report = reported(server, [wanted], PATCH)
    assert calls(server).count("patch") == 1
    if server.account[0].content() == contents([wanted])[0]:  # this rewrite leaves it as it is
        assert report.verified
        return
    status, error = row(report, " Ab ")
    assert status is Status.FAILED
    assert "something other than what was sent" in error
    assert "someone else" not in str(report.error)
    assert "delete" not in calls(server)
    assert row(report, "goes") == (Status.SKIPPED, "not started")


def test_a_name_that_is_stored_otherwise_is_told_from_what_was_sent(server: Server) -> None:
    """Both look the same. And how much of a URL is shown is no difference."""
    server.reset([], always=[StoresOther(composes_name)])
    report = reported(server, [subscription("e\u0301", "https://one.example.com/Hook2?t=1")])
    assert r"sent: name '\xe9' instead of 'e\u0301'; it was" in row(report, "e\u0301")[1]


def test_a_create_without_an_answer_that_is_stored_under_another_name_is_not_sent_again(
    server: Server,
) -> None:
    server.reset([], [On(Call.CREATE, 1, Reset(when=When.AFTER))], always=[StoresOther(trims_name)])
    report = reported(server, [subscription(" a ")])
    assert calls(server).count("create") == 1
    status, error = row(report, " a ")
    assert status is Status.UNKNOWN
    assert "name 'a' instead of ' a '" in error
    assert "someone else" not in str(report.error)


def test_all_that_was_stored_otherwise_is_taken_back_though_the_first_delete_fails(server: Server) -> None:
    server.reset([], [On(Call.DELETE, 1, Answer(403))], always=[StoresOther(trims_name)])
    report = reported(server, [subscription(" a "), subscription(" b ")])
    assert calls(server).count("delete") == 2
    told = [row(report, name) for name in (" a ", " b ")]
    assert {status for status, _ in told} == {Status.FAILED}
    [left] = server.account
    for (_, error), name in zip(told, ("a", "b"), strict=True):
        assert ("could not be removed again" in error) == (left.name == name)
        assert ("it was removed again" in error) == (left.name != name)


@pytest.mark.parametrize("when", When)
def test_taking_back_survives_a_lost_answer(server: Server, when: When) -> None:
    server.reset([], [On(Call.DELETE, 1, Reset(when=when), times=5)], always=[StoresOther(trims_name)])
    report = reported(server, [subscription(" a ")])
    assert not server.account
    assert row(report, " a ")[1].endswith("it was removed again")


def test_a_post_that_updates_by_name_is_a_replace_that_is_done(server: Server) -> None:
    server.reset([OLD], always=[Upserts()])
    report = reported(server, [NEW])
    assert report.verified
    assert [result.status for result in report.results] == [Status.DONE]
    assert calls(server) == ["list", "create", "list"]
    assert [one.content() for one in server.account] == contents([NEW])


def test_an_upsert_that_takes_the_other_twin(server: Server) -> None:
    """The one that was to go became the one that is wanted; every row is done, and that is so."""
    twins = [stored("5", "a", URLS[2], EVENTS[0]), OLD]
    server.reset(twins, always=[Upserts()])
    report = reported(server, [NEW])
    assert report.verified
    assert {result.status for result in report.results} == {Status.DONE}
    assert [one.content() for one in server.account] == contents([NEW])


@pytest.mark.parametrize("code", [500, 502, 503, 504])
@pytest.mark.parametrize("call", [Call.CREATE, Call.PATCH, Call.DELETE])
@pytest.mark.parametrize("seconds", [3, 90])
def test_a_failure_that_asks_to_wait_long_and_is_carried_out_later(
    server: Server, call: Call, code: int, seconds: float
) -> None:
    """Each attempt of it: within the patience that is shown, after it what is not known is called so."""
    late = Late(seconds=seconds, reply=Answer(code, retry_after=130))
    server.reset([OLD], [On(call, 1, late, times=99)])
    report = reported(server, [NEW], PATCH if call is Call.PATCH else None)
    assert report.exit_code in {Exit.DONE, Exit.INCOMPLETE}
    assert row(report, "a")[0] in {Status.DONE, Status.UNKNOWN}
    assert "rate" not in row(report, "a")[1]
    server.settle()
    assert not server.gaps(pairs([NEW]))
    server.reset(server.account)
    assert reported(server, [NEW]).verified


@pytest.mark.parametrize("update", UpdateMode)
@pytest.mark.parametrize("lags", [0, 2])
@pytest.mark.parametrize("status", [200, 201, 202])
def test_an_answer_that_tells_of_another_subscription_is_no_evidence(
    server: Server, update: UpdateMode, lags: int, status: int
) -> None:
    """It was there before, and is as it was: so it is not what was stored of ours."""
    other = stored("77", "manual-x", URLS[2], EVENTS[2])
    answer = Says(status, json.dumps(other.as_json()), when=When.AFTER)
    slow = [On(Call.LIST, 2, Stale(back=1), times=lags)]
    server.reset([OLD, other], [On(Call.CREATE, 1, answer), On(Call.PATCH, 1, answer), *slow])
    report = reported(server, [NEW], Settings(update=update, scope=Scope(ignore=("manual-*",))))
    assert report.verified
    [result] = report.results
    assert result.id == ("9" if update is UpdateMode.PATCH else "1")
    assert other in server.account


def test_what_is_stored_bit_by_bit_is_not_taken_back(server: Server) -> None:
    """At first without its last event type; a moment later it is whole."""
    wanted = subscription("a", URLS[0], *EVENTS)
    completes = SecondWriter(Patches(0, event_types=EVENTS))
    server.reset([], [On(Call.CREATE, 1, StoresOther(drops_event)), On(Call.LIST, 3, completes)])
    report = reported(server, [wanted])
    assert report.verified
    assert calls(server) == ["list", "create", "list", "list"]


def test_stored_otherwise_after_a_try_without_an_answer_is_unknown_as_that_one_may_still_land(
    server: Server,
) -> None:
    first = On(Call.CREATE, 1, Late(further_requests=90))
    server.reset([], [first, On(Call.CREATE, 2, StoresOther(drops_event))])
    report = reported(server, [subscription("a", URLS[0], *EVENTS)])
    status, error = row(report, "a")
    assert status is Status.UNKNOWN
    assert error.endswith("it was removed again")
    server.settle()
    assert len(server.account) == 1


def test_what_another_apply_has_done_meanwhile_is_not_told_as_ours(server: Server) -> None:
    server.reset([OLD], [On(Call.LIST, 2, SecondWriter(Deletes(0)))])
    report = reported(server, [])
    assert report.verified
    assert calls(server) == ["list", "list"]
    assert "1 change made by somebody else; the account now matches" in words.outcome(report)


@pytest.mark.parametrize("seconds", [0.3, 2, 7])
def test_deletes_get_the_patience_that_creates_get(server: Server, seconds: float) -> None:
    """202, and gone some seconds later."""
    accepted = Answer(202)
    slow = Late(seconds=seconds, reply=accepted)
    server.reset([OLD, stored("7", "b", URLS[2], EVENTS[0])], [On(Call.DELETE, 1, slow, times=9)])
    report = reported(server, [NEW])
    assert report.verified
    assert calls(server).count("delete") == 2
    assert [one.content() for one in server.account] == contents([NEW])


@pytest.mark.parametrize("seconds", [2, 5])
def test_a_list_that_still_shows_what_is_gone_is_read_again(server: Server, seconds: float) -> None:
    server.reset([OLD], always=[Lingers(seconds)])
    report = reported(server, [NEW])
    assert report.verified
    assert calls(server).count("delete") == 1


def test_a_delete_that_is_never_carried_out_is_unknown_and_sent_once(server: Server) -> None:
    server.reset([OLD], [On(Call.DELETE, 1, Late(further_requests=999, reply=Answer(202)), times=9)])
    report = reported(server, [NEW])
    assert calls(server).count("delete") == 1
    status, error = row(report, "a")
    assert status is Status.UNKNOWN
    assert "accepted it, but the account still shows 9" in error
    assert report.exit_code is Exit.INCOMPLETE


def test_creates_that_wait_for_others_which_hang_are_sent_when_a_read_succeeds(server: Server) -> None:
    """What was never sent is no failure: only the patience of that moment was used up."""
    wanted = [subscription(f"n{number:02}", URLS[0], EVENTS[0]) for number in range(20)]
    server.reset([], [On(Call.CREATE, 1, Hang(when=When.BEFORE), times=9)])
    assert reported(server, wanted).verified
    assert len(server.account) == 20


def test_what_was_never_sent_is_skipped_and_says_why(server: Server) -> None:
    wanted = [subscription(f"n{number:02}", URLS[0], EVENTS[0]) for number in range(20)]
    server.reset([], [On(Call.CREATE, 1, Hang(when=When.BEFORE), times=999)])
    report = reported(server, wanted)
    assert {one.status for one in report.results} == {Status.UNKNOWN, Status.SKIPPED}
    why = {one.error for one in report.results if one.status is Status.SKIPPED}
    assert why == {"POST was not sent, as 127.0.0.1:8001 has given no usable answer for 120 s"}


def test_accepted_after_a_lost_attempt_and_still_shown_says_both(server: Server) -> None:
    lost = [On(Call.DELETE, 1, Hang(when=When.BEFORE), times=4)]
    server.reset([OLD], lost, always=[Lingers(1000.0)])
    status, error = row(reported(server, [NEW]), "a")
    assert status is Status.UNKNOWN
    assert "accepted it, but the account still shows 9" in error


def test_a_delete_that_always_says_404_is_not_told_as_a_yes(server: Server) -> None:
    server.reset([OLD], [On(Call.DELETE, 1, Answer(404), times=99)])
    status, error = row(reported(server, [NEW]), "a")
    assert status is Status.UNKNOWN
    assert "404" in error
    assert "accepted it" not in error


@pytest.mark.parametrize("always", [RefusesTwins(), Full(1)])
def test_no_room_for_a_second_one_names_the_way_out(server: Server, always: RefusesTwins | Full) -> None:
    server.reset([OLD], always=[always])
    report = reported(server, [NEW])
    assert report.exit_code is Exit.ERROR
    assert row(report, "a")[0] is Status.FAILED
    assert "update: patch" in report.hint
    assert reported(server, [NEW], PATCH).verified


def test_another_refusal_has_no_such_hint(server: Server) -> None:
    server.reset([OLD], [On(Call.CREATE, 1, Answer(422))])
    assert "update: patch" not in reported(server, [NEW]).hint


@pytest.mark.parametrize("break_off", [HalfJson(), CutOff(), Reset()])
def test_where_no_read_came_after_it_a_delete_is_not_called_done(
    server: Server, break_off: HalfJson | CutOff | Reset
) -> None:
    unreadable = [On(Call.LIST, 3, Answer(401), times=99)]
    for fault in (replace(break_off, when=When.AFTER), replace(break_off, when=When.BEFORE)):
        server.reset([OLD], [On(Call.DELETE, 1, fault, times=9), *unreadable])
        report = reported(server, [NEW])
        assert row(report, "a")[0] is Status.UNKNOWN
        assert report.count(Status.DONE) == 0
        assert report.exit_code is Exit.INCOMPLETE


def test_two_entries_of_one_content_and_a_target(server: Server) -> None:
    """After the create the old one could be paired with the other entry: it still only goes."""
    old = stored("9", "old", URLS[0], EVENTS[0])
    both = [subscription("n1"), subscription("n2")]
    server.reset([old], [])
    report = reported(server, both, None, ("old",))
    assert report.verified
    assert report.error is None
    assert [one.name for one in server.account] == ["n1"]


def test_an_empty_plan_of_the_targets_is_no_proof_that_the_goals_are_reached(server: Server) -> None:
    """The new one of a rename is deleted by somebody; a plan of the old name alone has nothing to say."""
    old = stored("9", "old", URLS[0], EVENTS[0])
    gone = SecondWriter(lambda account: account.delete("1"))
    server.reset([old], [On(Call.LIST, 3, gone)])
    report = reported(server, [subscription("new")], None, ("old",))
    assert not server.account
    assert not report.verified
    assert report.exit_code is Exit.INCOMPLETE
    assert row(report, "new")[0] is Status.UNKNOWN


def test_a_copy_of_a_rename_that_lands_late_is_removed_though_only_the_old_name_is_a_target(
    server: Server,
) -> None:
    old = stored("9", "old", URLS[0], EVENTS[0])
    server.reset([old], [On(Call.CREATE, 1, Late(further_requests=4))])
    report = reported(server, [subscription("new")], None, ("old",))
    server.settle()
    assert report.verified
    assert [one.name for one in server.account] == ["new"]


def test_a_copy_that_became_the_only_one_stays(server: Server) -> None:
    twins = [stored("1", "a", URLS[0], EVENTS[0]), stored("2", "a", URLS[0], EVENTS[0])]
    server.reset(twins, [On(Call.LIST, 2, SecondWriter(Deletes(0)))])
    report = reported(server, [NEW])
    assert report.verified  # the account is as the file says, and there is no copy
    assert row(report, "a") == (Status.DONE, "")
    assert [one.id for one in server.account] == ["2"]


def test_what_someone_else_made_is_said_to_be_so(server: Server) -> None:
    server.reset([OLD], [On(Call.LIST, 2, SecondWriter(Creates("x", URLS[2], (EVENTS[0],))))])
    assert "someone else" in str(reported(server, [NEW]).error)
    server.reset([OLD], [On(Call.LIST, 2, SecondWriter(Patches(0, name="b")))])
    assert "someone else" in str(reported(server, [NEW]).error)


class Broken(DefactoApi):
    """A client with a bug in one of its calls, carried out or not."""

    what: Callable[[], BaseException] = RuntimeError
    broken = "create"
    is_carried_out = True

    async def create(self, content: Subscription) -> RemoteSubscription:
        return await self._maybe("create", super().create(content), content.name == "b")

    async def delete(self, subscription_id: str) -> None:
        await self._maybe("delete", super().delete(subscription_id), subscription_id == "9")

    async def _maybe(self, name: str, call: Coroutine[None, None, T], is_the_one: bool) -> T:
        if name != self.broken or not is_the_one:
            return await call
        if self.is_carried_out:
            await call
        call.close()
        raise self.what()


@pytest.mark.parametrize("what", [RuntimeError, OverflowError, UnicodeError, KeyError, MemoryError, OSError])
@pytest.mark.parametrize("broken", ["create", "delete"])
@pytest.mark.parametrize("is_carried_out", [False, True])
def test_a_bug_in_a_request_costs_one_row_and_nothing_else(
    server: Server, what: type[Exception], broken: str, is_carried_out: bool
) -> None:
    Broken.what, Broken.broken, Broken.is_carried_out = what, broken, is_carried_out
    rows = [OLD, stored("8", "goes", URLS[2], EVENTS[0])]
    wanted = [NEW, subscription("b", URLS[1], EVENTS[1]), subscription("c", URLS[0], EVENTS[2])]
    server.reset(rows)
    report = reported(server, wanted, client_class=Broken)
    assert {"c", "a"} <= {one.name for one in server.account}  # the requests beside it went on
    assert calls(server)[-1] == "list"
    if is_carried_out:
        assert report.verified
    else:
        name = "b" if broken == "create" else "a"
        status, error = row(report, name)
        assert status is Status.UNKNOWN
        assert what.__name__ in error or what is OSError
        assert report.exit_code is Exit.INCOMPLETE
    assert not server.gaps(pairs(wanted))


def test_a_plan_or_a_progress_bar_that_breaks_costs_no_report(server: Server) -> None:
    def broken(*_: object) -> Plan:
        raise ZeroDivisionError

    server.reset([OLD])
    assert reported(server, [NEW], progress=broken).verified
    server.reset([OLD])
    report = reported(server, [NEW], replan=broken)
    assert row(report, "a")[0] is Status.DONE  # a read has shown it
    assert not report.verified
    assert report.exit_code is Exit.INCOMPLETE
    assert "ZeroDivisionError" in str(report.error)


def test_what_is_waited_for_is_said(server: Server) -> None:
    said = list[str]()
    server.reset([OLD], [On(Call.DELETE, 1, Late(seconds=4, reply=Answer(202)))])
    assert reported(server, [NEW], say=said.append).verified
    assert said == [
        "Waiting 2 s for the account to show 1 change",
        "Waiting 3 s for the account to show 1 change",
    ]


def test_a_replace_that_is_half_made_is_counted_as_such(server: Server) -> None:
    server.reset([OLD], [On(Call.DELETE, 1, Answer(403), times=9)])
    [result] = reported(server, [NEW]).results
    assert (result.status, result.is_half_made) == (Status.FAILED, True)


def test_where_another_apply_may_delete_what_was_patched_its_copy_stays(server: Server) -> None:
    """One apply patches, the other, begun before, replaces: neither takes the last one away."""
    rows = [
        stored("1", "d", URLS[0], EVENTS[0]),
        stored("3", "a", URLS[1], EVENTS[0]),
        stored("5", "a", URLS[0], EVENTS[0]),
    ]

    def deletes_what_it_replaced(account: Account) -> None:
        account.delete("1")
        account.delete("3")

    server.reset(
        rows,
        [
            On(Call.PATCH, 1, SecondWriter(Creates("d", URLS[1], (EVENTS[0],)))),
            On(Call.DELETE, 1, SecondWriter(deletes_what_it_replaced)),
        ],
    )
    wanted = [subscription("a", URLS[0], EVENTS[0]), subscription("d", URLS[1], EVENTS[0])]
    reported(server, wanted, PATCH)
    assert not server.gaps(pairs(wanted))


def test_what_others_did_is_not_called_a_change_of_this_apply(server: Server) -> None:
    def another(account: Account) -> None:
        account.delete("7")
        account.put(stored("8", "y", URLS[2], EVENTS[2]))

    rows = [stored("7", "x", URLS[2], EVENTS[0]), stored("8", "y", URLS[2], EVENTS[1])]
    server.reset(rows, [On(Call.LIST, 2, SecondWriter(another))])
    report = reported(server, [])
    assert report.exit_code is Exit.ERROR
    assert words.outcome(report) == "Failed; nothing was changed, 1 change made by somebody else."


def test_with_targets_only_what_they_chose_is_said_to_match(server: Server) -> None:
    wanted = [NEW, subscription("b", URLS[2], EVENTS[1])]
    server.reset([OLD])
    for _ in range(2):
        report = reported(server, wanted, None, ("a",))
        assert "what --target selects" in words.outcome(report)
        assert "account" not in words.outcome(report)


def test_nobody_is_said_to_have_asked_for_a_wait_who_did_not(server: Server) -> None:
    server.reset([OLD], [On(Call.LIST, 1, Hang(), times=99)])
    error = apply(server, [NEW]).error
    assert error
    assert "asks us to wait" not in error.message


def test_what_a_read_from_before_the_request_shows_is_no_evidence(server: Server) -> None:
    server.reset([OLD], [On(Call.LIST, 2, Answer(401), times=99)], always=[Upserts()])
    assert row(reported(server, [NEW]), "a")[0] is Status.UNKNOWN
    server.reset([], [On(Call.LIST, 4, Answer(401), times=99)], always=[StoresOther(trims_name)])
    assert "could not be read again" in row(reported(server, [subscription(" a ")]), " a ")[1]


def test_what_others_made_is_no_trace_of_ours(server: Server) -> None:
    """It has nothing of what was sent, so the create that had no answer goes out again."""
    other = SecondWriter(Creates("manual-x", URLS[2], (EVENTS[2],)))
    server.reset([], [On(Call.CREATE, 1, Reset()), On(Call.CREATE, 1, other)])
    report = reported(server, [NEW], Settings(scope=Scope(ignore=("manual-*",))))
    assert report.verified


def test_the_way_out_is_one_that_is_not_taken_already(server: Server) -> None:
    swapped = [stored("1", "a", URLS[0], EVENTS[0]), stored("2", "b", URLS[1], EVENTS[0])]
    server.reset(swapped, always=[RefusesTwins()])
    wanted = [subscription("a", URLS[1], EVENTS[0]), subscription("b", URLS[0], EVENTS[0])]
    assert "update: patch" not in reported(server, wanted, PATCH).hint


def test_half_made_is_what_this_apply_added_and_did_not_take_away(server: Server) -> None:
    server.reset([OLD], [On(Call.CREATE, 1, SecondWriter(Deletes(0))), On(Call.CREATE, 1, Answer(403))])
    [result] = reported(server, [NEW]).results
    assert not result.is_half_made


def test_a_refused_patch_of_what_is_gone_says_nothing_of_the_address(server: Server) -> None:
    server.reset([OLD], [On(Call.PATCH, 1, SecondWriter(Deletes(0)))])
    report = reported(server, [NEW], PATCH)
    assert "Defacto API?" not in words.next_step(report)


def test_a_voice_that_fails_costs_nothing(server: Server) -> None:
    def broken(_: str) -> None:
        raise OSError

    server.reset([OLD], [On(Call.DELETE, 1, Late(seconds=4, reply=Answer(202)))])
    assert reported(server, [NEW], say=broken).verified
