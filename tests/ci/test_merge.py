"""On a merge: what was reviewed is applied; anything else is shown and left alone."""

from __future__ import annotations

import pytest

from tests.ci.conftest import CANARIES, Repository, sha
from tests.ci.github_api import BOT
from tests.faulty_server import Call, Creates, On, SecondWriter, Status, stored

A, B, C = ("a", "Loan.CLOSED"), ("b", "Payment.PAID"), ("c", "Invoice.VERIFIED")
SECRET_URL = f"https://hooks.example.com/defacto?token={CANARIES['CALLBACK_TOKEN']}"
JOB = "Apply production"
CONTEXT = "webhooks plan: production"


def names(repository: Repository) -> list[str]:
    return sorted(row.name for row in repository.server.account)


def test_what_was_reviewed_is_applied_and_told(repository: Repository) -> None:
    repository.want(A)
    plan = repository.pull_request().jobs["Plan production"]
    ended = repository.merge()
    assert list(ended.jobs) == ["Validate", JOB]
    assert not ended.failed
    assert names(repository) == ["a"]
    assert "### ✅ Webhook apply for <code>production</code>" in ended.jobs[JOB].summary
    assert "### ✅ Webhook apply for <code>production</code>" in repository.comment
    assert "The plan that was reviewed" in repository.comment
    assert plan.outputs["fingerprint"] in repository.comment
    assert "::group::Plan for production" in ended.jobs[JOB].log
    again = repository.merge()  # the job is run again: nothing to do, and the reviewed plan is still told
    assert not again.failed
    assert "Nothing to do" in repository.comment
    assert plan.outputs["fingerprint"] in repository.comment


def test_a_plan_that_is_not_the_reviewed_one_is_not_applied(repository: Repository) -> None:
    kept = stored("1", "c", SECRET_URL, "Invoice.VERIFIED")
    repository.account(kept)
    repository.want(A, C)
    reviewed = repository.pull_request().jobs["Plan production"].outputs["fingerprint"]
    repository.account(kept, stored("2", "by-hand", SECRET_URL, "Payment.PAID"))
    ended = repository.merge()
    assert ended.failed == [JOB]
    assert repository.writes() == []
    assert "\n::error title=defacto-webhooks::The plan is not the one that was reviewed" in ended.everything
    now = ended.jobs[JOB].outputs["fingerprint"]
    for told in (repository.comment, ended.jobs[JOB].summary):
        assert "The plan is not the one that was reviewed" in told
        assert reviewed in told
        assert now in told
        assert f"gh workflow run webhooks.yml -f environment=production -f fingerprint={now}" in told
    assert "1 to create and 1 to delete" in repository.comment  # the new one, whole
    assert "1 to create; 1 unchanged" in repository.comment.partition("<details>")[2]  # and the reviewed one
    by_hand = repository.dispatch(environment="production", fingerprint=now)
    assert not by_hand.failed
    assert names(repository) == ["a", "c"]


@pytest.mark.parametrize("state", ["nothing", "head", "failure", "forbidden", "forged"])
def test_what_nobody_saw_is_not_reviewed(repository: Repository, state: str) -> None:
    """The plan deletes something, so only a review lets it pass."""
    repository.account(
        stored("1", "b", SECRET_URL, "Payment.PAID"), stored("2", "a", SECRET_URL, "Loan.CLOSED")
    )
    repository.want(A)
    fingerprint = repository.pull_request().jobs["Plan production"].outputs["fingerprint"]
    described = f"1 to delete. Fingerprint {fingerprint}"
    if state == "nothing":
        repository.api.statuses.clear()
    elif state == "failure":  # the newest one counts
        repository.api.add_status(sha(1), BOT, CONTEXT, "failure", "No plan could be made")
    elif state == "forbidden":
        repository.api.add_status(sha(1), BOT, CONTEXT, "failure", described)
    elif state == "forged":  # by somebody who may write, in the status as in the comment
        repository.api.statuses.clear()
        repository.api.add_status(sha(1), "mallory", CONTEXT, "success", described)
        repository.api.add_status(sha(1), BOT, "another check", "success", described)
        repository.api.add_comment(7, "mallory", repository.comment)
    ended = repository.merge(head=sha(9) if state == "head" else sha(1))  # head: pushed to after the plan
    assert ended.failed == [JOB]
    assert repository.writes() == []
    assert "Nobody reviewed this plan, and it deletes something." in ended.jobs[JOB].summary
    assert f"fingerprint={fingerprint}" in repository.comment


def test_a_comment_edited_by_somebody_changes_nothing(repository: Repository) -> None:
    repository.want(A)
    fingerprint = repository.pull_request().jobs["Plan production"].outputs["fingerprint"]
    repository.api.comments[7][0]["body"] = repository.comment.replace(fingerprint, "0" * 32)
    assert not repository.merge().failed
    assert names(repository) == ["a"]


def test_what_was_reviewed_may_delete(repository: Repository) -> None:
    repository.account(
        stored("1", "b", SECRET_URL, "Payment.PAID"), stored("2", "a", SECRET_URL, "Loan.CLOSED")
    )
    repository.want(A)
    repository.pull_request()
    assert not repository.merge().failed
    assert names(repository) == ["a"]


def test_a_merge_without_a_pull_request_applies_what_cannot_hurt(repository: Repository) -> None:
    repository.want(A)
    ended = repository.merge(None)
    assert not ended.failed
    assert names(repository) == ["a"]
    repository.want(B)  # nobody would receive Loan.CLOSED any more
    ended = repository.merge(None, commit=sha(4))
    assert ended.failed == [JOB]
    assert names(repository) == ["a"]
    told = ended.jobs[JOB].summary
    assert "start [the workflow](http://github.localhost/acme/hooks/actions/workflows/webhooks.yml)" in told
    assert repository.api.comments == {}


def test_a_direct_push_that_takes_coverage_away(repository: Repository) -> None:
    repository.account(stored("1", "a", SECRET_URL, "Loan.CLOSED", "Payment.PAID"))
    repository.want(A)
    ended = repository.merge(None)
    assert ended.failed == [JOB]
    assert "there are events that nobody would receive any more" in ended.jobs[JOB].summary
    assert repository.writes() == []


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
    assert not repository.merge().failed
    assert names(repository) == ["a"]
    assert "### ✅" in repository.comment  # the first comment there
    repository.want()
    repository.pull_request(8, sha(5), repo="mallory/hooks")
    assert repository.merge(8, sha(5), commit=sha(6)).failed == [JOB]
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
    assert "### ❌ Webhook apply for <code>production</code>" in repository.comment
    assert "422" in repository.comment
    assert "### ❌ Webhook apply for <code>production</code>" in ended.jobs[JOB].summary
    repository.account(faults=(On(Call.LIST, 1, Status(401), times=9),))
    ended = repository.merge()
    assert ended.failed == [JOB]
    assert "401" in repository.comment
    assert "The plan that was reviewed" in repository.comment


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
    assert "nothing was done" in repository.comment


def test_a_comment_that_fails_does_not_change_what_became_of_the_apply(repository: Repository) -> None:
    repository.want(A)
    repository.pull_request()
    repository.api.refuse["PATCH", "issues/comments/N"] = [502]
    ended = repository.merge()
    assert not ended.failed
    assert "::warning title=defacto-webhooks::The comment was not written" in ended.jobs[JOB].log
    assert "### ✅" in ended.jobs[JOB].summary


def test_by_hand(repository: Repository) -> None:
    repository.account(stored("1", "b", SECRET_URL, "Payment.PAID"))
    repository.want(A)
    repository.pull_request()
    ended = repository.merge()  # reviewed, but a guard stands before it
    assert ended.failed == [JOB]
    fingerprint = ended.jobs[JOB].outputs["fingerprint"]
    assert f"fingerprint={fingerprint} -f allow=delete-all" in repository.comment
    wrong = repository.dispatch(environment="production", fingerprint="0" * 32, allow="delete-all")
    assert wrong.failed == [JOB]
    assert "The plan is not the one that was expected" in wrong.jobs[JOB].summary
    assert repository.dispatch(environment="production", fingerprint=fingerprint, allow="none").failed == [
        JOB
    ]
    assert repository.dispatch(environment="elsewhere", fingerprint=fingerprint).failed == ["Validate"]
    on_a_branch = repository.dispatch(
        ref="refs/heads/feature", environment="production", fingerprint=fingerprint, allow="delete-all"
    )
    assert on_a_branch.failed == ["Validate"]
    assert repository.writes() == []
    right = repository.dispatch(environment="production", fingerprint=fingerprint, allow="delete-all")
    assert not right.failed
    assert names(repository) == ["a"]
