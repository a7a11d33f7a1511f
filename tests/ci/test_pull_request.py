"""On a pull request: one comment for each environment, and a status that says what was shown."""

from __future__ import annotations

import re

from defacto_webhooks.redaction.printable import code
from tests.ci.conftest import CANARIES, Repository, file_of, sha
from tests.ci.github_api import BOT
from tests.faulty_server import stored

A, B = ("a", "Loan.CLOSED"), ("b", "Payment.PAID")
MARKER = "<!-- defacto-webhooks:production -->"
SECRET_URL = f"https://hooks.example.com/defacto?token={CANARIES['CALLBACK_TOKEN']}"


def host(repository: Repository) -> str:
    """As Markdown shows it."""
    return code(repository.server.url).removeprefix("<code>").removesuffix("</code>")


def test_the_first_comment_and_its_update(repository: Repository) -> None:
    repository.want(A)
    ended = repository.pull_request()
    assert list(ended.jobs) == ["Validate", "Plan production"]
    assert not ended.failed
    first = repository.comment
    assert first.startswith(MARKER + "\n")
    assert "1 to create; 0 unchanged" in first
    [status] = repository.api.statuses[sha(1)]
    fingerprint = ended.jobs["Plan production"].outputs["fingerprint"]
    assert (status["state"], status["context"]) == ("success", "webhooks plan: production")
    assert re.fullmatch(
        f"1 to create; 0 unchanged. Fingerprint {fingerprint} Proof [0-9a-f]{{32}}", status["description"]
    )
    repository.want(A, B)
    repository.pull_request(head=sha(2))
    assert "2 to create; 0 unchanged" in repository.comment  # the same one
    assert "1 to create" not in repository.comment
    assert sha(2)[:7] in repository.comment
    assert repository.writes() == []


def test_the_outputs_the_summary_and_the_log(repository: Repository) -> None:
    repository.account(
        stored("1", "b", SECRET_URL, "Payment.PAID"), stored("2", "c", SECRET_URL, "Loan.CLOSED")
    )
    repository.want(A, B)
    job = repository.pull_request().jobs["Plan production"]
    assert {
        key: job.outputs[key] for key in ("changes", "to_create", "to_replace", "to_update", "to_delete")
    } == {
        "changes": "true",
        "to_create": "0",
        "to_replace": "1",
        "to_update": "0",
        "to_delete": "0",
    }
    assert re.fullmatch("[0-9a-f]{32}", job.outputs["fingerprint"])
    assert job.outputs["fingerprint"] in job.summary
    assert f"### Webhook plan for <code>production</code> at <code>{host(repository)}" in job.summary
    assert f"at <code>{host(repository)}" in repository.comment
    assert re.search(r"^::group::Plan for production: 1 to replace; 1 unchanged\.$", job.log, re.MULTILINE)
    assert "::endgroup::" in job.log.splitlines()


def test_a_comment_of_somebody_else_with_our_marker_is_left_alone(repository: Repository) -> None:
    repository.want(A)
    forged = repository.api.add_comment(7, "mallory", f"{MARKER}\nall is well")
    quoting = repository.api.add_comment(7, BOT, f"another job says {MARKER}")
    repository.pull_request()
    assert forged["body"] == f"{MARKER}\nall is well"
    assert quoting["body"] == f"another job says {MARKER}"
    assert len(repository.api.comments[7]) == 3
    assert repository.api.comments[7][-1]["body"].startswith(MARKER)


def test_our_comment_is_found_behind_many_pages(repository: Repository) -> None:
    repository.want(A)
    for number in range(130):
        repository.api.add_comment(7, "ann", f"comment {number}")
    ours = repository.api.add_comment(7, BOT, f"{MARKER}\r\nold")
    for number in range(100):
        repository.api.add_comment(7, "ann", f"comment {number}")
    repository.pull_request()
    assert "1 to create" in ours["body"]
    assert len(repository.api.comments[7]) == 231


def test_a_plan_of_65000_characters(repository: Repository) -> None:
    names = [f"{'x' * 100}-{number:04}" for number in range(600)]
    repository.account(*(stored(str(n), name, SECRET_URL, "Loan.CLOSED") for n, name in enumerate(names)))
    repository.want(B)
    ended = repository.pull_request()
    assert not ended.failed
    assert 30_000 < len(repository.comment) < 65_000
    assert "600 to delete" in repository.comment
    assert "<code>delete-all</code>" in repository.comment
    assert ended.jobs["Plan production"].outputs["fingerprint"] in repository.comment
    merged = repository.merge()  # refused by the guard
    assert merged.failed == ["Apply production"]
    assert len(repository.result) < 65_000
    assert "allow=delete-all" in repository.result
    assert repository.writes() == []


def test_a_plan_that_fails_takes_the_place_of_the_one_shown(repository: Repository) -> None:
    repository.want(A)
    repository.pull_request()
    repository.want(("a", "Loan.CLOSE"))
    ended = repository.pull_request(head=sha(2))
    assert ended.failed == ["Validate"]  # before anything has a secret
    annotation = r"^::error file=webhooks.yaml,line=6,col=\d+,title=unknown-event-type::"
    assert re.search(annotation, ended.everything, re.MULTILINE)
    repository.want(A)
    repository.account()
    repository.server.reset(key="another key")
    ended = repository.pull_request(head=sha(3))
    assert ended.failed == ["Plan production"]
    assert "### ❌ No webhook plan for <code>production</code>" in repository.comment
    assert "1 to create" not in repository.comment
    assert [status["state"] for status in repository.api.statuses[sha(3)]] == ["failure"]


def test_why_there_is_no_plan_is_told_also_where_the_comment_can_not_be_written(
    repository: Repository,
) -> None:
    repository.server.reset(key="another key")
    repository.api.refuse["POST", "issues/N/comments"] = [502]
    ended = repository.pull_request()
    assert ended.failed == ["Plan production"]
    assert "::warning title=defacto-webhooks::The comment was not written" in ended.everything
    assert re.search(r"^::error title=defacto-webhooks::.*401", ended.everything, re.MULTILINE)


def test_a_comment_that_was_not_written_was_not_reviewed(repository: Repository) -> None:
    repository.want(A)
    repository.api.refuse["POST", "issues/N/comments"] = [502]
    ended = repository.pull_request()
    assert ended.failed == ["Plan production"]
    assert "GitHub refused POST issues/7/comments" in ended.everything
    assert repository.api.statuses == {}


def test_a_read_of_github_that_fails_once_is_tried_again(repository: Repository) -> None:
    repository.want(A)
    repository.api.refuse["GET", "issues/N/comments"] = [502]
    assert not repository.pull_request().failed
    assert "1 to create" in repository.comment


def test_a_fork_is_checked_offline_and_nothing_else(repository: Repository) -> None:
    repository.want(A)
    ended = repository.pull_request(repo="mallory/hooks")
    assert list(ended.jobs) == ["Validate"]
    assert not ended.failed
    assert "**There is no plan.** This pull request comes from a fork" in ended.jobs["Validate"].summary
    assert repository.server.log == []
    assert repository.api.log == []
    repository.want(("a", "Loan.CLOSE"))
    assert repository.pull_request(repo="mallory/hooks").failed == ["Validate"]


def test_dependabot_gets_no_secrets_either(repository: Repository) -> None:
    ended = repository.pull_request(author="dependabot[bot]")
    assert list(ended.jobs) == ["Validate"]
    assert "comes from dependabot&#91;bot&#93;" in ended.everything


def test_what_a_guard_forbids_for_good_is_a_red_check(repository: Repository) -> None:
    repository.account(
        stored("1", "a", SECRET_URL, "Loan.CLOSED"), stored("2", "b", SECRET_URL, "Payment.PAID")
    )
    repository.want(A, settings="settings: {protect: ['b']}\n")
    assert not repository.pull_request().failed
    assert [status["state"] for status in repository.api.statuses[sha(1)]] == ["failure"]
    assert "Refused by the guard <code>protected</code>" in repository.comment


def test_only_a_pull_request_into_the_branch_that_is_applied_is_planned(repository: Repository) -> None:
    ended = repository.pull_request(base="release")
    assert list(ended.jobs) == ["Validate"]
    assert not ended.failed
    assert "This pull request does not target main" in ended.jobs["Validate"].summary
    assert not repository.server.log
    assert not repository.api.log


def test_a_run_whose_commit_is_no_longer_the_newest_writes_nothing(repository: Repository) -> None:
    repository.want(A)
    ended = repository.pull_request(newest=sha(5))
    assert not ended.failed
    assert "1 to create" in ended.jobs["Plan production"].summary
    assert "There is a newer commit, 0000000" in ended.everything
    repository.account()
    repository.server.reset(key="another key")
    assert repository.pull_request(newest=sha(5)).failed == ["Plan production"]  # nor that it failed
    assert (repository.api.comments, repository.api.statuses) == ({}, {})


def test_a_locked_conversation(repository: Repository) -> None:
    repository.want(A)
    repository.api.locked = True
    ended = repository.pull_request()
    assert ended.failed == ["Plan production"]
    assert "unlock the conversation" in ended.everything


def test_one_environment_that_is_called_default_has_to_be_allowed_too(repository: Repository) -> None:
    repository.allow("")
    repository.write(file_of(repository.server, A).replace("  production:", "  default:"))
    assert repository.pull_request().failed == ["Validate"]


def test_a_matrix_of_the_environments_that_the_workflow_allows(repository: Repository) -> None:
    repository.allow("production, staging")
    more = (
        "  local: {api_url: embedded}\n"
        "  staging: {api_url: 'http://127.0.0.1:9', api_key: '${DEFACTO_API_KEY}'}\n"
    )
    repository.write(file_of(repository.server, A, settings=more))
    ended = repository.pull_request()
    assert list(ended.jobs) == ["Validate", "Plan production", "Plan staging"]
    assert ended.failed == ["Plan staging"]  # nobody listens there; production is not held up
    repository.allow("staging, elsewhere")
    assert repository.pull_request().failed == ["Validate"]  # the file has no such environment
    repository.allow("")
    assert repository.pull_request().failed == [
        "Validate"
    ]  # the file does not choose whose secrets there are
    bodies = repository.api.own_comments(7)
    assert [body.split("\n", 1)[0] for body in bodies] == [MARKER, "<!-- defacto-webhooks:staging -->"]
