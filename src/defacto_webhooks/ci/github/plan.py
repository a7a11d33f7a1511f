"""`command: plan`: on the page of the run, in the comment, in a commit status that proves what was shown."""

from __future__ import annotations

from defacto_webhooks.ci import report, review
from defacto_webhooks.ci.github.event import PullRequest
from defacto_webhooks.ci.github.job import Job
from defacto_webhooks.config import NAMELESS
from defacto_webhooks.diagnostics import Severity
from defacto_webhooks.errors import Interrupted, UserError, explained
from defacto_webhooks.plan import guards
from defacto_webhooks.render import markdown


def plan(job: Job) -> None:
    """Plan one environment. Changes are no failure: they are what a pull request is for."""
    if job.event.pull_request is not None and job.event.next != "plan":  # whatever the workflow's conditions
        raise UserError(
            job.event.why_no_plan or f"`command: plan` does not run on the event {job.event.name}",
            "run `command: plan` on the event `pull_request`, where `validate` says that it is next",
        )
    environment = job.environment()
    name = environment or NAMELESS
    pull_request = job.event.pull_request if job.inputs.comment else None
    try:
        planned = job.plan(environment)
    except Interrupted:  # a newer commit took over, and will say more
        raise
    except Exception as error:
        _tell_failure(job, pull_request, name, explained(error))
        raise
    plan = planned.plan
    job.runner.summary(markdown.plan(plan))
    if pull_request is not None and _is_newest(job, pull_request):
        marker = job.marker(name)
        text = report.planned(marker, plan, pull_request.head, job.event.run_url)
        job.github.keep_comment(pull_request.number, marker, text)  # first: the status says that it was shown
        note = review.note(plan, job.proposal(pull_request, planned), planned.key)
        is_forbidden = any(guard.override is None for guard in guards.check(plan))
        _write_status(job, pull_request, name, good=not is_forbidden, description=note)


def _tell_failure(job: Job, pull_request: PullRequest | None, name: str, error: UserError) -> None:
    def comment() -> None:
        if pull_request is not None and _is_newest(job, pull_request):
            _write_status(job, pull_request, name, good=False, description="Planning failed")
            marker = job.marker(name)
            text = report.no_plan(marker, name, error, job.event.run_url)
            job.github.keep_comment(pull_request.number, marker, text)

    job.tell_page(lambda: report.failed_plan(name, error))
    job.tell_comment(comment)


def _is_newest(job: Job, pull_request: PullRequest) -> bool:
    """Whether the pull request is still as it was planned; else its newest run has the word."""
    newest = job.github.pull_request(pull_request.number).head
    if newest != pull_request.head:
        job.runner.annotate(
            Severity.WARNING,
            f"There is a newer commit, {newest[:7]}, so this run writes no comment and no status",
        )
    return newest == pull_request.head


def _write_status(job: Job, pull_request: PullRequest, name: str, *, good: bool, description: str) -> None:
    job.github.add_status(
        pull_request.head,
        job.status_context(name),
        good=good,
        description=description,
        url=job.event.run_url,
    )
