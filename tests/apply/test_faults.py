"""One fault at a time, over a real socket: what the user is told, and what the account looks like then."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from defacto_webhooks.apply import Outcome, Status
from defacto_webhooks.errors import DoubtfulRead, Exit
from defacto_webhooks.settings import Settings, UpdateMode
from tests.accounts import EVENTS, URLS, subscription
from tests.apply.applying import apply, calls, pairs
from tests.faulty_server import (
    Call,
    Count,
    Creates,
    CutOff,
    Deletes,
    Drip,
    Fault,
    ForeignPage,
    HalfJson,
    Hang,
    Html,
    Ids,
    Late,
    LyingCount,
    On,
    PageLoop,
    Patches,
    Redirect,
    Reset,
    Rewrite,
    SecondWriter,
    Server,
    Short,
    Stale,
    Status as Answer,
    StoresOther,
    Target,
    When,
    WrongType,
    adds_event,
    adds_slash,
    cuts_name,
    drops_event,
    stored,
    trims_name,
)

OLD = stored("9", "a", URLS[1], EVENTS[0])
NEW = subscription("a", URLS[0], EVENTS[0])
FILE = [NEW, subscription("b", URLS[1], EVENTS[0])]  # takes over the URL that `a` leaves
NO_ANSWER: list[Fault] = [Reset(), Hang(), CutOff(), CutOff(reset=True), HalfJson(), Html(), WrongType()]
NO_ANSWER += [Answer(code=code) for code in (500, 502, 503, 504)]


def test_a_replace_is_a_create_then_a_read_that_shows_it_then_a_delete(server: Server) -> None:
    server.reset([OLD])
    run = apply(server, [NEW])
    assert calls(server) == ["list", "create", "list", "delete", "list"]
    assert run.report
    assert run.report.verified
    assert run.report.requests == 5
    assert [row.content() for row in server.account] == [("a", URLS[0], frozenset(EVENTS[:1]))]


@pytest.mark.parametrize("when", When)
@pytest.mark.parametrize("fault", NO_ANSWER, ids=lambda fault: fault.kind)
def test_a_create_without_an_answer_is_found_or_sent_again_never_doubled(
    server: Server, fault: Fault, when: When
) -> None:
    broken = replace(fault, when=when)
    server.reset([OLD], [On(Call.CREATE, 1, broken)])
    run = apply(server, FILE)
    assert run.report
    assert run.report.verified, run.report
    assert len(server.account) == 2
    # A body that can't be read was sent with a success: whether it was carried out, a read tells.
    assert calls(server).count("create") == (2 if when is When.AFTER else 3)
    assert not server.gaps(pairs(FILE))
    assert server.fired


@pytest.mark.parametrize("code", [400, 401, 402, 403, 404, 422])
def test_a_refused_create_leaves_every_delete_undone(server: Server, code: int) -> None:
    server.reset([OLD], [On(Call.CREATE, 1, Answer(code=code))])
    run = apply(server, [NEW, subscription("c", URLS[2])])
    assert run.report
    assert run.report.exit_code is Exit.INCOMPLETE  # the other create went on
    assert OLD in server.account
    assert sorted(result.status for result in run.report.results) == [Status.DONE, Status.FAILED]
    assert str(code) in str(next(r.error for r in run.report.results if r.status is Status.FAILED))


def test_when_all_is_refused_nothing_was_changed_and_the_exit_code_says_so(server: Server) -> None:
    server.reset([OLD], [On(Call.WRITE, 1, Answer(code=403), times=9)])
    run = apply(server, [NEW])
    assert run.report
    assert run.report.exit_code is Exit.ERROR
    assert run.report.outcome is Outcome.FAILED
    assert server.account == (OLD,)


def test_a_refusal_that_no_read_confirms_is_not_called_unchanged(server: Server) -> None:
    server.reset([OLD], [On(Call.WRITE, 1, Answer(code=403)), On(Call.LIST, 2, Answer(code=401), times=99)])
    run = apply(server, [NEW])
    assert run.report
    assert run.report.exit_code is Exit.INCOMPLETE


def test_a_create_that_lands_late_is_found_and_its_copy_removed(server: Server) -> None:
    server.reset([OLD], [On(Call.CREATE, 1, Late(further_requests=4))])
    run = apply(server, [NEW])
    server.settle()
    assert run.report
    assert run.report.verified
    assert len(server.account) == 1
    assert not server.gaps(pairs([NEW]))


def test_a_create_that_lands_after_the_end_goes_with_the_next_apply(server: Server) -> None:
    server.reset([OLD], [On(Call.CREATE, 1, Late(further_requests=90))])
    assert apply(server, [NEW]).report
    server.settle()
    assert len(server.account) == 2
    run = apply(server, [NEW])
    assert run.report
    assert run.report.verified
    assert [row.name for row in server.account] == ["a"]
    assert not server.gaps(pairs([NEW]))


@pytest.mark.parametrize("rewrite", [cuts_name, trims_name, drops_event, adds_event, adds_slash])
@pytest.mark.parametrize("hides_it", [False, True])
def test_what_is_stored_otherwise_is_removed_and_said(
    server: Server, rewrite: Rewrite, hides_it: bool
) -> None:
    wanted = subscription(" a ", URLS[0], *EVENTS[:2])
    server.reset([OLD], [On(Call.CREATE, 1, StoresOther(rewrite, hides_it=hides_it), times=9)])
    run = apply(server, [wanted])
    assert run.report
    assert run.report.exit_code is Exit.INCOMPLETE
    assert server.account == (OLD,)
    assert calls(server).count("create") == 1
    [failed] = [result for result in run.report.results if result.status is Status.FAILED]
    assert "something other than what was sent" in str(failed.error)
    assert "t=1" not in str(failed.error)


READS: list[Fault] = [
    Html(),
    HalfJson(),
    CutOff(),
    LyingCount(),
    LyingCount(by=-1),
    Short(),
    Short(from_end=False),
    PageLoop(),
    PageLoop(to_first=True),
    PageLoop(endless=True),
    *(
        WrongType(body=body)
        for body in ("{}", "null", '""', '"[]"', '{"data": null}', '{"data": {}}', "[1]", "")
    ),
]


@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("fault", READS, ids=lambda fault: f"{fault.kind}-{getattr(fault, 'body', '')}")
def test_a_doubtful_read_is_never_taken_for_an_empty_account(server: Server, fault: Fault, nth: int) -> None:
    """Also in the middle: nothing is deleted on the word of a list that can't be trusted."""
    rows = [OLD, stored("8", "b", URLS[1], EVENTS[0])]
    server.reset(rows, [On(Call.LIST, nth, fault, times=99)])
    run = apply(server, FILE)
    assert server.fired
    if nth == 1:
        assert run.error
        assert run.report is None
        assert len(server.history) == 1
    else:
        assert run.report
        assert run.report.exit_code is Exit.INCOMPLETE
        assert "delete" not in calls(server) or nth == 3
    assert not server.gaps(pairs(FILE))


def test_a_doubtful_read_names_itself(server: Server) -> None:
    server.reset([OLD], [On(Call.LIST, 1, LyingCount(), times=9)])
    assert isinstance(apply(server, FILE).error, DoubtfulRead)


@pytest.mark.parametrize("to", Target)
@pytest.mark.parametrize("kind", [Redirect, ForeignPage])
def test_the_key_never_goes_to_another_origin(
    server: Server, kind: type[Redirect | ForeignPage], to: Target
) -> None:
    server.reset([OLD], [On(Call.LIST, 1, kind(to=to), times=9)])
    run = apply(server, FILE)
    if to is not Target.SAME or kind is Redirect:
        assert run.error
    assert not server.other_origin_requests
    assert not server.other_origin_bytes


@pytest.mark.parametrize("count", Count)
@pytest.mark.parametrize("page_size", [1, 2, 100])
def test_pages_are_followed_whatever_count_means(server: Server, count: Count, page_size: int) -> None:
    rows = [stored(str(number), f"n{number}", URLS[0], EVENTS[0]) for number in range(5)]
    server.reset(rows, count=count, page_size=100 if count is Count.BARE else page_size)
    run = apply(server, [subscription(f"n{number}") for number in range(5)])
    assert run.report
    assert run.report.outcome is Outcome.NO_CHANGES
    assert len(server.log) == (1 if count is Count.BARE else -(-5 // page_size))


def test_a_list_that_does_not_show_the_new_one_yet_is_read_again(server: Server) -> None:
    server.reset([OLD], [On(Call.LIST, 2, Stale(back=1), times=2)])
    run = apply(server, [NEW])
    assert run.report
    assert run.report.verified
    assert calls(server) == ["list", "create", "list", "list", "list", "delete", "list"]


def test_a_list_that_never_shows_the_new_one_allows_no_delete(server: Server) -> None:
    server.reset([OLD], [On(Call.LIST, 2, Stale(back=1), times=99)])
    run = apply(server, [NEW])
    assert run.report
    assert run.report.exit_code is Exit.INCOMPLETE
    assert "delete" not in calls(server)


@pytest.mark.parametrize("update", UpdateMode)
def test_what_changed_after_it_was_shown_is_left_alone(server: Server, update: UpdateMode) -> None:
    gone = stored("7", "gone", URLS[2], EVENTS[0])
    edit = SecondWriter(Patches(1, event_types=(EVENTS[2],)))
    server.reset([OLD, gone], [On(Call.LIST, 2, edit)])
    run = apply(server, [NEW], Settings(update=update))
    assert run.report
    assert run.report.exit_code is Exit.INCOMPLETE
    assert any(row.id == "7" for row in server.account)
    assert "someone else" in str(run.report.error)


def test_what_appeared_after_the_plan_is_reported_not_removed(server: Server) -> None:
    server.reset([OLD], [On(Call.LIST, 2, SecondWriter(Creates("x", URLS[2], (EVENTS[0],))))])
    run = apply(server, [NEW])
    assert run.report
    assert run.report.exit_code is Exit.INCOMPLETE
    assert sorted(row.name for row in server.account) == ["a", "x"]


def test_an_exact_copy_that_appeared_is_removed(server: Server) -> None:
    copy = SecondWriter(Creates("a", URLS[0], (EVENTS[0],)))
    server.reset([OLD], [On(Call.LIST, 2, copy)], ids=Ids.RANDOM)
    run = apply(server, [NEW])
    assert run.report
    assert run.report.verified
    assert len(server.account) == 1
    assert len(run.report.results) == 2  # the removed copy is in the report too


def test_what_is_gone_already_counts_as_deleted(server: Server) -> None:
    server.reset([OLD], [On(Call.DELETE, 1, SecondWriter(Deletes(0)))])
    run = apply(server, [NEW])
    assert run.report
    assert run.report.verified


@pytest.mark.parametrize("fault", [Reset(), Answer(code=500), Hang(), Answer(code=504)])
def test_a_delete_or_patch_is_repeated_as_that_does_no_harm(server: Server, fault: Fault) -> None:
    server.reset([OLD], [On(Call.DELETE, 1, fault)])
    run = apply(server, [NEW])
    assert run.report
    assert run.report.verified
    server.reset([OLD], [On(Call.PATCH, 1, fault)])
    run = apply(server, [NEW], Settings(update=UpdateMode.PATCH))
    assert run.report
    assert run.report.verified


def test_a_refused_delete_is_said_and_sent_once(server: Server) -> None:
    server.reset([OLD], [On(Call.DELETE, 1, Answer(code=403), times=9)])
    run = apply(server, [NEW])
    assert run.report
    assert run.report.exit_code is Exit.INCOMPLETE
    assert calls(server).count("delete") == 1
    assert run.report.left
    assert [change.action for change in run.report.left.changes] == ["delete"]


def test_a_swap_of_event_types_at_one_url_leaves_no_gap(server: Server) -> None:
    server.reset([stored("1", "a", URLS[0], EVENTS[0]), stored("2", "b", URLS[0], EVENTS[1])])
    desired = [subscription("a", URLS[0], EVENTS[1]), subscription("b", URLS[0], EVENTS[0])]
    run = apply(server, desired, Settings(update=UpdateMode.PATCH))
    assert run.report
    assert run.report.verified
    assert not server.gaps(pairs(desired))


def test_a_patch_that_takes_something_away_is_sent_only_after_a_read_that_allows_it(server: Server) -> None:
    """`b` delivers the same pair when the plan is made, and is gone from the read before the patch."""
    both = stored("1", "a", URLS[0], EVENTS[0], EVENTS[1])
    server.reset([both, stored("2", "b", URLS[0], EVENTS[1])], [On(Call.LIST, 2, SecondWriter(Deletes(1)))])
    desired = [subscription("a", URLS[0], EVENTS[0]), subscription("b", URLS[0], EVENTS[1])]
    run = apply(server, desired, Settings(update=UpdateMode.PATCH))
    assert "patch" not in calls(server)
    assert run.report
    assert not run.report.verified
    assert any(row.id == "1" and EVENTS[1] in row.event_types for row in server.account)


def test_a_url_that_another_takes_over_is_patched_or_replaced_without_a_gap(server: Server) -> None:
    server.reset([stored("1", "a", URLS[0], EVENTS[0]), stored("2", "b", URLS[1], EVENTS[0])])
    desired = [subscription("a", URLS[1], EVENTS[0]), subscription("b", URLS[0], EVENTS[0])]
    run = apply(server, desired, Settings(update=UpdateMode.PATCH))
    assert run.report
    assert run.report.verified
    assert not server.gaps(pairs(desired))


def test_an_answer_in_drips_that_never_ends_is_given_up(server: Server) -> None:
    server.reset([OLD], [On(Call.LIST, 1, Drip(pause_s=5), times=9)])
    assert apply(server, FILE).error


def test_no_answer_and_another_of_that_name_means_it_is_not_sent_again(server: Server) -> None:
    """The trace may be our own create, stored as something else: a second one would not be better."""
    other = SecondWriter(Creates("a", URLS[2], (EVENTS[0],)))
    server.reset([], [On(Call.CREATE, 1, Reset()), On(Call.CREATE, 1, other)])
    run = apply(server, [NEW])
    assert run.report
    assert run.report.exit_code is Exit.INCOMPLETE
    assert calls(server).count("create") == 1
    [result] = run.report.results
    assert result.status is Status.UNKNOWN
    assert "appeared with different content" in str(result.error)
    assert "t=" not in str(result.error).replace("t=***", "")


def test_what_the_server_changes_in_place_is_never_deleted(server: Server) -> None:
    """A PATCH stored as something else: the subscription was there before, so it stays, and it is said."""
    server.reset([OLD], [On(Call.PATCH, 1, StoresOther(drops_event), times=9)])
    wanted = subscription("a", OLD.to_url, *EVENTS)
    run = apply(server, [wanted], Settings(update=UpdateMode.PATCH))
    assert run.report
    assert run.report.exit_code is Exit.INCOMPLETE
    assert [row.id for row in server.account] == ["9"]
    assert "something other than what was sent" in str(run.report.results[0].error)


def test_every_copy_that_was_removed_is_in_the_report(server: Server) -> None:
    copies = [On(Call.LIST, nth, SecondWriter(Creates("a", URLS[0], (EVENTS[0],)))) for nth in (2, 3)]
    server.reset([OLD], copies)
    run = apply(server, [NEW])
    assert run.report
    assert run.report.verified
    assert [row.name for row in server.account] == ["a"]
    assert [result.action for result in run.report.results] == ["replace", "delete", "delete"]


def test_refused_after_an_unanswered_try_is_unknown_as_the_first_may_still_land(server: Server) -> None:
    """Found by the properties: it was called failed, and then it landed."""
    faults = [On(Call.CREATE, 1, Late(further_requests=90)), On(Call.CREATE, 2, Answer(code=422), times=9)]
    server.reset([], faults)
    run = apply(server, [NEW])
    assert run.report
    assert [result.status for result in run.report.results] == [Status.UNKNOWN]
    assert run.report.exit_code is Exit.INCOMPLETE
    server.settle()
    assert len(server.account) == 1


def test_interrupted_while_the_server_hangs_it_ends_within_seconds(server: Server) -> None:
    """A CI runner kills after about 7.5 s."""
    stop, when = asyncio.Event(), list[float]()

    def interrupt(_: object) -> None:
        stop.set()
        when.append(server.now)

    hangs = [On(call, nth, Hang(), times=99) for call, nth in ((Call.CREATE, 1), (Call.LIST, 2))]
    server.reset([OLD], [On(Call.CREATE, 1, SecondWriter(interrupt)), *hangs])
    run = apply(server, [NEW], stop=stop)
    assert server.now - when[0] < 7
    assert run.report
    assert run.report.exit_code is Exit.INCOMPLETE
    assert [result.status for result in run.report.results] == [Status.UNKNOWN]
