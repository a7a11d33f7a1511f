"""On a merge: what was reviewed is applied; anything else is shown and left alone."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.ci.conftest import CANARIES, URL, Repository, file_of, sha
from tests.ci.github_api import BOT
from tests.faulty_server import Call, Creates, On, SecondWriter, Status, stored
from tests.faulty_server.messages import Answer

A, B, C = ("a", "Loan.CLOSED"), ("b", "Payment.PAID"), ("c", "Invoice.VERIFIED")
SECRET_URL = f"https://hooks.example.com/defacto?token={CANARIES['CALLBACK_TOKEN']}"
JOB = "Apply production"
CONTEXT = "webhooks plan: production"


def names(repository: Repository) -> list[str]:
    return sorted(row.name for row in repository.server.account)


def reviewed(repository: Repository, number: int = 7, head: str = sha(1)) -> str:
    """A pull request is planned; the fingerprint."""
    return repository.pull_request(number, head).jobs["Plan production"].outputs["fingerprint"]


def test_what_was_reviewed_is_applied_and_told(repository: Repository) -> None:
    repository.want(A)
    fingerprint = reviewed(repository)
    shown = repository.comment
    ended = repository.merge()
    assert list(ended.jobs) == ["Validate", JOB]
    assert not ended.failed
    assert names(repository) == ["a"]
    for told in (ended.jobs[JOB].summary, repository.result):
        assert "### ✅ Webhook apply for <code>production</code>" in told
        assert repository.server.url.replace("://", "&#58;//") in told
    assert fingerprint in shown
    assert "::group::Plan for production" in ended.jobs[JOB].log
    again = repository.merge()  # the job is run again
    assert not again.failed
    assert "Nothing to do" in repository.result
    comments = repository.api.own_comments(7)  # no earlier record is lost
    assert comments[0] == shown
    assert ["✅" in comment for comment in comments] == [False, True, True]


def test_a_plan_that_is_not_the_reviewed_one_is_not_applied(repository: Repository) -> None:
    kept = stored("1", "c", SECRET_URL, "Invoice.VERIFIED")
    repository.account(kept)
    repository.want(A, C)
    before = reviewed(repository)
    repository.account(kept, stored("2", "by-hand", SECRET_URL, "Payment.PAID"))
    ended = repository.merge()
    assert ended.failed == [JOB]
    assert repository.writes() == []
    assert "\n::error title=defacto-webhooks::The plan is not the reviewed one" in ended.everything
    now = ended.jobs[JOB].outputs["fingerprint"]
    for told in (repository.result, ended.jobs[JOB].summary):
        assert "The plan is not the reviewed one" in told
        assert f"Reviewed: 1 to create; 1 unchanged. Fingerprint <code>{before}</code>" in told
        assert "1 to create and 1 to delete" in told
        assert f"gh workflow run webhooks.yml -f environment=production -f fingerprint={now}" in told
    by_hand = repository.dispatch(environment="production", fingerprint=now)
    assert not by_hand.failed
    assert names(repository) == ["a", "c"]


def note(repository: Repository, commit: str = sha(1)) -> str:
    return str(repository.api.statuses[commit][-1]["description"])


def of_nothing(repository: Repository) -> None:
    repository.api.statuses.clear()


def of_a_plan_that_failed(repository: Repository) -> None:
    repository.api.add_status(sha(1), BOT, CONTEXT, "failure", "Planning failed")


def of_a_plan_that_is_forbidden(repository: Repository) -> None:
    repository.api.add_status(sha(1), BOT, CONTEXT, "failure", note(repository))


def of_somebody_else(repository: Repository) -> None:
    known = note(repository)
    repository.api.statuses.clear()
    repository.api.add_status(sha(1), "mallory", CONTEXT, "success", known)


def of_another_check(repository: Repository) -> None:
    known = note(repository)
    repository.api.statuses.clear()
    repository.api.add_status(sha(1), BOT, "another check", "success", known)


def without_the_key(repository: Repository) -> None:
    """Another workflow writes as the same bot, and knows the fingerprint from the comment."""
    known = note(repository)
    repository.api.statuses.clear()
    for forged in (known.partition(" Proof ")[0], known[:-32] + "0" * 32):
        repository.api.add_status(sha(1), BOT, CONTEXT, "success", forged)


def of_another_commit(repository: Repository) -> None:
    repository.pull_request(7, sha(5))
    repository.api.statuses[sha(1)] = repository.api.statuses[sha(5)]


def of_another_pull_request(repository: Repository) -> None:
    repository.pull_request(8, sha(1))


def of_another_environment(repository: Repository) -> None:
    """The same account under another name, with the same key."""
    text = (repository.runner.workspace / "webhooks.yaml").read_text()
    workflow = repository.workflow
    repository.write(text.replace("  production:", "  staging:"))
    repository.allow("staging")
    repository.pull_request()
    repository.write(text)
    repository.workflow = workflow
    repository.api.add_status(sha(1), BOT, CONTEXT, "success", note(repository))


@pytest.mark.parametrize(
    "change",
    [
        of_nothing,
        of_a_plan_that_failed,
        of_a_plan_that_is_forbidden,
        of_somebody_else,
        of_another_check,
        without_the_key,
        of_another_commit,
        of_another_pull_request,
        of_another_environment,
    ],
    ids=lambda change: change.__name__,
)
def test_a_note_that_proves_nothing(repository: Repository, change: Callable[[Repository], None]) -> None:
    """Nor is it taken for a direct push, of which this plan would be applied."""
    repository.want(A)
    fingerprint = reviewed(repository)
    change(repository)
    ended = repository.merge()
    assert ended.failed == [JOB]
    assert repository.writes() == []
    assert "No plan was shown for the last commit of pull request &#35;&#8203;7." in repository.result
    assert f"fingerprint={fingerprint}" in repository.result


def test_a_merge_is_no_direct_push_though_github_is_slow_to_say_so(repository: Repository) -> None:
    repository.want(A)
    for message in ("Merge pull request #7 from ann/hooks", "Add a (#7)\n\nMore", "A (#3), and b (#7)"):
        ended = repository.merge(None, message=message)
        assert ended.failed == [JOB]
        assert "No plan was shown for the last commit of pull request #7." in ended.everything
    repository.api.add_merge(sha(2), 7, sha(1))
    repository.api.closed = repository.api.merges.pop(sha(2))
    assert repository.merge(None).failed == [JOB]
    assert repository.writes() == []
    reviewed(repository)
    assert not repository.merge(None).failed


def test_a_commit_that_was_pushed_after_the_plan(repository: Repository) -> None:
    repository.want(A)
    reviewed(repository)
    assert repository.merge(head=sha(9)).failed == [JOB]
    assert repository.writes() == []


def test_a_comment_edited_by_somebody_changes_nothing(repository: Repository) -> None:
    repository.want(A)
    fingerprint = reviewed(repository)
    repository.api.comments[7][0]["body"] = repository.comment.replace(fingerprint, "0" * 32)
    assert not repository.merge().failed
    assert names(repository) == ["a"]
    assert "0" * 32 not in repository.result


@pytest.mark.parametrize("config", ["webhooks.yaml", "hooks.yaml"])
def test_an_apply_that_was_broken_off_is_finished_when_it_is_run_again(
    repository: Repository, config: str
) -> None:
    """What is left was reviewed. What comes up besides was not, nor is what somebody else calls reviewed."""
    repository.keep_it_in(config)
    repository.account(
        stored("1", "b", SECRET_URL, "Payment.PAID"),
        stored("2", "c", SECRET_URL, "Invoice.VERIFIED"),
        faults=(On(Call.DELETE, 1, Status(403), times=9),),
    )
    repository.want(A, C)
    reviewed(repository)
    assert repository.merge().failed == [JOB]
    assert "Not finished: 1 change made, 1 failed" in repository.result
    assert names(repository) == ["a", "b", "c"]
    comment = repository.comment
    left = repository.server.account
    for body, more in (
        (re.sub("<!-- steps .* -->", "", comment), ()),
        (comment.replace("<!-- steps ", f"<!-- steps {'A' * 43}= "), ()),
        (comment.replace("<!-- steps ", "<!-- steps !!! "), ()),
        (comment, (stored("9", "by-hand", SECRET_URL, "Payment.FAILED"),)),
    ):
        repository.account(*left, *more)
        repository.api.comments[7][0]["body"] = body
        assert repository.merge(attempt=2).failed == [JOB]
        assert repository.writes() == []
    repository.account(*left)
    assert not repository.merge(attempt=2).failed
    assert names(repository) == ["a", "c"]


def test_what_was_reviewed_may_delete(repository: Repository) -> None:
    repository.account(
        stored("1", "b", SECRET_URL, "Payment.PAID"), stored("2", "a", SECRET_URL, "Loan.CLOSED")
    )
    repository.want(A)
    repository.pull_request()
    assert not repository.merge().failed
    assert names(repository) == ["a"]


def test_a_direct_push_that_only_adds_is_applied(repository: Repository) -> None:
    repository.want(A)
    assert not repository.merge(None).failed
    repository.want(("a", "Loan.CLOSED, Loan.CANCELED"), B)
    assert not repository.merge(None, commit=sha(4)).failed
    assert {row.name: len(row.event_types) for row in repository.server.account} == {"a": 2, "b": 1}
    assert repository.api.comments == {}


@pytest.mark.parametrize(
    ("entries", "url"),
    [
        ([], SECRET_URL),  # a delete
        ([("a", "Loan.CLOSED")], SECRET_URL),  # an event type less
        ([("a", "Loan.CLOSED, Payment.PAID")], "https://elsewhere.example.com/?token=x"),
        ([("a", "Loan.CLOSED, Payment.PAID")], "https://hooks.example.com/defacto?token=x"),
        ([("b", "Loan.CLOSED, Payment.PAID")], SECRET_URL),  # another name
    ],
)
def test_a_direct_push_that_does_more_is_not(
    repository: Repository, entries: list[tuple[str, str]], url: str
) -> None:
    repository.account(stored("1", "a", SECRET_URL, "Loan.CLOSED", "Payment.PAID"))
    repository.write(file_of(repository.server, *entries).replace(URL, url))
    ended = repository.merge(None)
    assert ended.failed == [JOB]
    assert repository.writes() == []
    told = ended.jobs[JOB].summary
    assert "Nobody reviewed this plan, and it does more than add." in told
    assert "start [the workflow](https://github.example/acme/hooks/actions/workflows/webhooks.yml)" in told
    assert repository.api.comments == {}


def test_an_old_run_does_not_undo_a_newer_one(repository: Repository) -> None:
    repository.want(A)
    ended = repository.merge(None, moved=True)
    assert ended.failed == [JOB]
    assert "the branch has moved on" in ended.jobs[JOB].summary
    assert repository.writes() == []


def test_an_old_run_that_is_run_again_does_not_undo_a_newer_one(repository: Repository) -> None:
    """Its reviewed plan fits again, as a newer merge took back what it did."""
    kept = stored("1", "b", SECRET_URL, "Payment.PAID")
    repository.account(kept)
    repository.want(A, B)
    repository.pull_request()
    ended = repository.merge(moved=True, attempt=2)
    assert ended.failed == [JOB]
    assert "This is an old run, and the branch has moved on" in ended.jobs[JOB].summary
    assert repository.writes() == []
    assert not repository.merge(attempt=2).failed  # nothing newer: run again after a failure
    assert names(repository) == ["a", "b"]


def test_the_merge_of_a_fork_has_no_reviewed_plan(repository: Repository) -> None:
    repository.want(A)
    repository.pull_request(repo="mallory/hooks")
    ended = repository.merge()
    assert ended.failed == [JOB]
    assert repository.writes() == []
    fingerprint = ended.jobs[JOB].outputs["fingerprint"]
    assert f"fingerprint={fingerprint}" in repository.result  # the first comment there
    assert not repository.dispatch(environment="production", fingerprint=fingerprint).failed
    assert names(repository) == ["a"]


def test_two_merges_in_a_row(repository: Repository) -> None:
    """Both were planned before either was merged. Each is what was reviewed when its turn comes."""
    repository.want(A)
    repository.pull_request(7, sha(1))
    repository.want(B)
    repository.pull_request(8, sha(3))
    repository.want(A)
    assert not repository.merge(7, sha(1), commit=sha(2), moved=True).failed  # the second is merged already
    repository.want(A, B)
    assert not repository.merge(8, sha(3), commit=sha(4)).failed
    assert names(repository) == ["a", "b"]


def test_two_merges_in_the_wrong_order(repository: Repository) -> None:
    repository.want(A)
    repository.pull_request(7, sha(1))
    repository.want(B)
    repository.pull_request(8, sha(3))
    repository.want(A, B)
    ended = repository.merge(8, sha(3), commit=sha(4))
    assert ended.failed == [JOB]  # both at once were never reviewed
    assert repository.writes() == []


def test_a_pull_request_of_another_branch_or_not_merged_is_not_the_one(repository: Repository) -> None:
    repository.account(
        stored("1", "b", SECRET_URL, "Payment.PAID"), stored("2", "a", SECRET_URL, "Loan.CLOSED")
    )
    repository.want(A)
    repository.pull_request()
    repository.api.add_merge(sha(2), 7, sha(1), base={"ref": "other"})
    repository.api.add_merge(sha(2), 7, sha(1), merged_at=None)
    repository.api.add_merge(sha(2), 7, sha(1), merge_commit_sha=sha(8))
    assert repository.merge(None).failed == [JOB]
    assert repository.writes() == []


def test_an_apply_that_fails_is_told_as_it_is(repository: Repository) -> None:
    repository.account(faults=(On(Call.CREATE, 1, Status(422), times=9),))
    repository.want(A, B)
    repository.pull_request()
    ended = repository.merge()
    assert ended.failed == [JOB]
    assert "### ❌ Webhook apply for <code>production</code>" in repository.result
    assert "422" in repository.result
    assert "### ❌ Webhook apply for <code>production</code>" in ended.jobs[JOB].summary
    repository.account(faults=(On(Call.LIST, 1, Status(401), times=9),))
    ended = repository.merge()
    assert ended.failed == [JOB]
    assert "401" in repository.result


@pytest.mark.parametrize("already", [True, False])
def test_what_comes_up_between_the_plan_and_the_apply_was_not_shown(
    repository: Repository, already: bool
) -> None:
    """Also where there was nothing to do at first: then nobody saw any plan at all."""
    repository.want(A)
    repository.account(*[stored("1", "a", SECRET_URL, "Loan.CLOSED")] if already else [])
    repository.pull_request()
    by_hand = SecondWriter(Creates("by-hand", SECRET_URL, ("Payment.PAID",)))
    repository.account(*repository.server.account, faults=(On(Call.LIST, 2, by_hand),))
    ended = repository.merge()
    assert ended.failed == [JOB]
    assert repository.writes() == []
    assert "by-hand" in names(repository)
    assert "nothing was done" in repository.result


def test_a_comment_that_fails_does_not_change_what_became_of_the_apply(repository: Repository) -> None:
    repository.want(A)
    repository.pull_request()
    repository.api.refuse["POST", "issues/N/comments"] = [502]
    ended = repository.merge()
    assert not ended.failed
    assert "::warning title=defacto-webhooks::The comment was not written" in ended.jobs[JOB].log
    assert "### ✅" in ended.jobs[JOB].summary


NESTED = Answer(403, b"[" * 100_000 + b"]" * 100_000)
APPLIED, NOT_APPLIED, PARTLY = 0, 1, 3


def signalled(repository: Repository, *numbers: int) -> Callable[[], None]:
    """The step that is at work gets these signals, and GitHub takes its time."""

    def answer() -> None:
        assert repository.runner.at_work is not None
        for number in numbers:
            with suppress(ProcessLookupError):
                os.kill(repository.runner.at_work.pid, number)
            time.sleep(0.2)
        time.sleep(0.5)

    return answer


def refusing(repository: Repository, end: int) -> None:
    """An account that the apply of two entries comes to that `end` on."""
    from_which = 2 if end == PARTLY else 1
    refusals = (On(Call.CREATE, from_which, Status(422), times=9),)
    repository.account(faults=() if end == APPLIED else refusals)
    repository.want(A, B)


@pytest.mark.parametrize("end", [APPLIED, NOT_APPLIED, PARTLY])
@pytest.mark.parametrize(
    "how",
    [(signal.SIGINT,), (signal.SIGTERM,), (signal.SIGINT, signal.SIGTERM), NESTED, None],
    ids=["SIGINT", "SIGTERM", "both", "nested", "no answer"],
)
def test_what_became_of_an_apply_is_settled_before_it_is_told(
    repository: Repository, end: int, how: tuple[int, ...] | Answer | None
) -> None:
    refusing(repository, end)
    repository.pull_request()
    repository.api.on_comment = signalled(repository, *how) if isinstance(how, tuple) else lambda: how
    job = repository.merge().jobs[JOB]
    assert job.code == end
    assert job.log.count("The comment was not written: ") == 1
    assert "Traceback" not in job.log
    assert "this is a bug" not in job.log
    told = {
        APPLIED: "Done and verified: 2",
        NOT_APPLIED: "Failed; nothing was",
        PARTLY: "Not finished: 1 change",
    }
    assert f"\n{told[end]}" in job.log
    assert told[end] in job.summary


@pytest.mark.parametrize("page", ["/dev/full", "/no/such/folder/page"])
@pytest.mark.parametrize("end", [APPLIED, NOT_APPLIED, PARTLY])
def test_a_page_that_can_not_be_written_does_not_change_it_either(
    repository: Repository, page: str, end: int
) -> None:
    refusing(repository, end)
    repository.pull_request()
    repository.runner.page = Path(page)
    job = repository.merge().jobs[JOB]
    assert job.code == end
    assert job.log.count("::The summary was not written: ") == 1
    assert "Webhook apply for" in repository.result  # the comment is written all the same


def test_by_hand_not_even_an_addition_is_applied_unseen(repository: Repository) -> None:
    repository.want(A)
    ended = repository.dispatch(environment="production", fingerprint=" ")
    assert ended.failed == [JOB]
    assert repository.writes() == []
    fingerprint = ended.jobs[JOB].outputs["fingerprint"]
    assert f"fingerprint={fingerprint}" in ended.jobs[JOB].summary
    assert not repository.dispatch(environment="production", fingerprint=f" {fingerprint}\n").failed
    assert names(repository) == ["a"]


def test_by_hand(repository: Repository) -> None:
    repository.account(stored("1", "b", SECRET_URL, "Payment.PAID"))
    repository.want(A)
    repository.pull_request()
    ended = repository.merge()  # reviewed, but a guard stands before it
    assert ended.failed == [JOB]
    fingerprint = ended.jobs[JOB].outputs["fingerprint"]
    assert f"fingerprint={fingerprint} -f allow=delete-all" in repository.result
    wrong = repository.dispatch(environment="production", fingerprint="0" * 32, allow="delete-all")
    assert wrong.failed == [JOB]
    assert "The plan is not the expected one" in wrong.jobs[JOB].summary
    assert repository.dispatch(environment="production", fingerprint=fingerprint, allow="none").failed == [
        JOB
    ]
    for blank in ("", " ", "\t\n"):
        unsaid = repository.dispatch(environment="production", fingerprint=blank, allow="delete-all")
        assert unsaid.failed == [JOB]
        assert "started by hand, without the fingerprint of a plan" in unsaid.jobs[JOB].summary
    assert repository.dispatch(environment="elsewhere", fingerprint=fingerprint).failed == ["Validate"]
    on_a_branch = repository.dispatch(
        ref="refs/heads/feature", environment="production", fingerprint=fingerprint, allow="delete-all"
    )
    assert on_a_branch.failed == ["Validate"]
    assert repository.writes() == []
    right = repository.dispatch(environment="production", fingerprint=fingerprint, allow="delete-all")
    assert not right.failed
    assert names(repository) == ["a"]
