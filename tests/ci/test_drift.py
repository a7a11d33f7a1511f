"""On a schedule: an issue is open exactly as long as the account differs."""

from __future__ import annotations

from tests.ci.conftest import CANARIES, DRIFT, Repository
from tests.ci.github_api import BOT
from tests.ci.runner import ROOT
from tests.faulty_server import stored

A = ("a", "Loan.CLOSED")
MARKER = "<!-- defacto-webhooks:production -->"
SECRET_URL = f"https://hooks.example.com/defacto?token={CANARIES['CALLBACK_TOKEN']}"
MATCHING = stored("1", "a", SECRET_URL, "Loan.CLOSED")


def issues(repository: Repository) -> list[tuple[int, str]]:
    return [(issue["number"], issue["state"]) for issue in repository.api.issues]


def test_an_issue_is_opened_updated_closed_and_reopened(repository: Repository) -> None:
    repository.want(A)
    ended = repository.schedule()
    assert not ended.failed
    assert list(ended.jobs) == ["Validate", "Drift production"]
    [issue] = repository.api.issues
    assert issue["title"] == "Webhook drift: production"
    assert issue["body"].startswith(MARKER + "\n")
    assert "1 to create; 0 unchanged" in issue["body"]
    assert "::warning title=defacto-webhooks::production has drifted" in ended.everything
    repository.account(MATCHING, stored("2", "by-hand", SECRET_URL, "Payment.PAID"))
    assert not repository.schedule().failed
    assert issues(repository) == [(1, "open")]
    assert "1 to delete; 1 unchanged" in issue["body"]
    repository.account(MATCHING)
    assert not repository.schedule().failed
    assert issues(repository) == [(1, "closed")]
    assert not repository.schedule().failed  # nothing more to say
    assert len(repository.api.comments[1]) == 1
    repository.account()
    assert not repository.schedule().failed
    assert issues(repository) == [(1, "open")]
    assert "1 to create" in issue["body"]
    assert "differs again" in repository.api.comments[1][-1]["body"]
    assert repository.writes() == []


def test_an_issue_that_somebody_closed_is_opened_again_while_it_is_true(repository: Repository) -> None:
    repository.want(A)
    repository.schedule()
    repository.api.issues[0]["state"] = "closed"
    repository.schedule()
    assert issues(repository) == [(1, "open")]


def test_no_drift_no_issue(repository: Repository) -> None:
    repository.account(MATCHING)
    repository.want(A)
    assert not repository.schedule().failed
    assert repository.api.issues == []


def test_an_error_is_not_drift(repository: Repository) -> None:
    repository.want(A)
    repository.server.reset(key="another key")
    ended = repository.schedule()
    assert ended.failed == ["Drift production"]
    assert repository.api.log == []
    repository.account()
    repository.schedule()
    repository.server.reset(key="another key")
    assert repository.schedule().failed == ["Drift production"]
    assert issues(repository) == [(1, "open")]  # nor is it the end of one


def test_issues_of_others_are_left_alone(repository: Repository) -> None:
    repository.want(A)
    forged = repository.api.add_issue("mallory", f"{MARKER}\nmine")
    pull = repository.api.add_issue(BOT, f"{MARKER}\na pull request", pull_request={"url": "…"})
    for number in range(120):
        repository.api.add_issue(BOT, f"of another job: {number} {MARKER}")
    repository.schedule()
    assert forged["body"] == f"{MARKER}\nmine"
    assert pull["body"] == f"{MARKER}\na pull request"
    assert len(repository.api.issues) == 123
    repository.account(MATCHING)
    repository.schedule()
    assert [number for number, state in issues(repository) if state == "closed"] == [123]


def test_an_embedded_environment_can_not_drift(repository: Repository) -> None:
    repository.write((ROOT / "webhooks.yaml").read_text())
    repository.workflow = DRIFT
    repository.allow("local")
    assert repository.schedule(repository.workflow).failed == ["Drift local"]
    assert repository.api.log == []


def test_only_what_is_merged_is_compared(repository: Repository) -> None:
    repository.want(A)
    ended = repository.dispatch(ref="refs/heads/feature", workflow=DRIFT)
    assert ended.failed == ["Validate"]
    assert repository.api.log == []


def test_the_issue_says_which_account_and_how_to_bring_it_back(repository: Repository) -> None:
    repository.want(A)
    fingerprint = repository.schedule().jobs["Drift production"].outputs["fingerprint"]
    body = repository.api.issues[0]["body"]
    assert f"production</code> at <code>{repository.server.url.replace('://', '&#58;//')}" in body
    command = f"gh workflow run webhooks.yml -f environment=production -f fingerprint={fingerprint}"
    assert f"<code>{command}</code>" in body
    assert "(https://github.example/acme/hooks/actions/workflows/webhooks.yml)" in body
    assert not repository.dispatch(environment="production", fingerprint=fingerprint).failed
    assert not repository.schedule().failed
    assert issues(repository) == [(1, "closed")]
