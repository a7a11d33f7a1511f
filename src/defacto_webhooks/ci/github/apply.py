"""`command: apply`: what was reviewed, or what only adds; anything else is left alone."""

from __future__ import annotations

from collections.abc import Callable

from defacto_webhooks.apply import Report
from defacto_webhooks.ci import report, review
from defacto_webhooks.ci.github.event import PullRequest
from defacto_webhooks.ci.github.job import Job, Planned
from defacto_webhooks.config import NAMELESS
from defacto_webhooks.errors import UserError, explained
from defacto_webhooks.plan import Plan
from defacto_webhooks.session import apply_plan, open_session
from defacto_webhooks.signals import Signals


def apply(job: Job) -> int:
    """Plan again, compare, apply. The exit codes of `apply`; 1 also where it stopped."""
    if job.event.next != "apply":  # whatever conditions the workflow has
        raise UserError(
            "only a push to the default branch is applied, or what is started there by hand",
            "run `command: apply` on the events `push` and `workflow_dispatch` of that branch",
        )
    environment = job.environment()
    name = environment or NAMELESS
    merged = job.github.merged_pull_request(job.event.sha, job.event.branch)
    try:
        planned = job.plan(environment)
        trigger = _trigger(job, planned, merged, name)
        stop = review.check(planned.plan, trigger, planned.key)
        if stop is None:
            done = _carry_out(job, planned)
    except Exception as error:
        failure = explained(error)
        _tell(job, merged, lambda: report.not_applied(name, failure))
        raise
    if stop is not None:
        by_hand = job.by_hand(planned.plan, job.event.workflow, stop.allow)
        _tell(job, merged, lambda: report.stopped(stop, planned.plan, trigger.reviewed, by_hand))
        raise UserError(
            f"{stop.why} Nothing was changed.", "the page of this run shows the plan and what to do"
        )
    job.tell_log(done)
    _tell(job, merged, lambda: report.applied(done, planned.plan.api_url))
    return done.exit_code


def _trigger(job: Job, planned: Planned, merged: PullRequest | None, name: str) -> review.Trigger:
    reviewed = None
    if merged is not None:
        note = job.github.status(merged.head, job.status_context(name))
        steps = report.planned_steps(job.github.comment(merged.number, job.marker(name))) if note else ()
        reviewed = review.reviewed(note, steps, job.proposal(merged, planned), planned.key)
    is_in_turn = bool(reviewed or job.inputs.expect) and not job.event.is_rerun
    return review.Trigger(
        expected=job.inputs.expect,
        is_by_hand=job.event.is_by_hand,
        pull_request=merged.number if merged else job.event.named_pull_request,
        reviewed=reviewed,
        is_newest=is_in_turn or planned.plan.is_empty or job.github.head(job.event.branch) == job.event.sha,
        is_rerun=job.event.is_rerun,
        allowed=job.inputs.allow,
    )


def _carry_out(job: Job, planned: Planned) -> Report:
    """It plans once more, and goes on only with steps that were in the plan."""
    signals = Signals(job.runner.note)

    async def work() -> Report:
        async with open_session(planned.config, say=job.runner.note) as session:

            def begin(_: Plan) -> Callable[[int], None]:
                signals.from_now_on_stop(session.stop)
                job.interrupts.hold()  # nobody may say any more that nothing was changed
                return lambda _: None

            return await apply_plan(
                session, approved=planned.plan.step_fingerprints, allowed=job.inputs.allow, begin=begin
            )

    return signals.run(work())


def _tell(job: Job, merged: PullRequest | None, text: Callable[[], str]) -> None:
    """What became of a merge: on the page of the run, and in a comment of its own on the pull request.

    Whatever fails of it does not change what became of the apply.
    """
    job.tell_page(text)
    if merged is not None and job.inputs.comment:
        number = merged.number
        job.tell_comment(lambda: job.github.add_comment(number, report.result(text(), job.event.run_url)))
