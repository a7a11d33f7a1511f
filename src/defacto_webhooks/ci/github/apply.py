"""`command: apply`: what was reviewed, or what can't hurt; anything else is shown and left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from defacto_webhooks.apply import Report
from defacto_webhooks.ci import report as texts
from defacto_webhooks.ci import review as decide
from defacto_webhooks.ci.github.inputs import PullRequest
from defacto_webhooks.ci.github.job import Job
from defacto_webhooks.ci.github.plan import status_context
from defacto_webhooks.cli.loading import load_config
from defacto_webhooks.cli.options import Where
from defacto_webhooks.diagnostics import Severity
from defacto_webhooks.errors import UserError, explained
from defacto_webhooks.plan import Plan
from defacto_webhooks.render import render
from defacto_webhooks.session import apply_plan, open_session, refused_fields
from defacto_webhooks.signals import Signals


def apply(job: Job) -> int:
    """Plan again, compare, apply. The exit codes of `apply`; 1 also where it stopped."""
    name, where = job.environment()
    merged = job.github.merged_pull_request(job.run.sha, job.run.branch)
    told = _Told(job, name, merged)
    try:
        plan = job.plan(where)
        reviewed = None
        if merged is not None:
            reviewed = decide.Reviewed.of(job.github.status(merged.head, status_context(job, name)))
        in_turn = (reviewed or job.inputs.expect) and not job.run.is_rerun
        stop = decide.decide(
            plan,
            expected=job.inputs.expect or None,
            reviewed=reviewed,
            allowed=job.inputs.allow,
            is_rerun=job.run.is_rerun,
            is_newest=bool(in_turn or plan.is_empty) or job.github.head(job.run.branch) == job.run.sha,
        )
    except Exception as error:
        told.tell(texts.not_applied(name, explained(error)))
        raise
    if stop is None:
        return _apply(job, where, plan, told)
    told.tell(texts.stopped(stop, plan, reviewed, job.run))
    raise UserError(f"{stop.why} Nothing was changed.", "the page of this run shows the plan and what to do")


def _apply(job: Job, where: Where, plan: Plan, told: _Told) -> int:
    """It plans once more, and goes on only if the plan is still the same or there is nothing left to do."""
    signals = Signals(job.console.note)

    async def work() -> Report:
        async with open_session(config) as session:

            @contextmanager
            def begin(_: Plan) -> Iterator[Callable[[int], None]]:
                signals.from_now_on_stop(session.stop)
                yield lambda _: None

            return await apply_plan(session, expected=plan.fingerprint, allowed=job.inputs.allow, begin=begin)

    try:
        config = load_config(where)
        report = signals.run(work())
    except Exception as error:
        told.tell(texts.not_applied(plan.environment, explained(error)))
        raise
    job.console.note(render(report, "text", job.console.style()))
    places = refused_fields(report, config)
    for place in places:
        job.console.note(place)
    told.tell(texts.applied(report, places))
    return report.exit_code


class _Told:
    """Where the result is told: on the page of the run, and in the comment of the pull request."""

    def __init__(self, job: Job, environment: str, merged: PullRequest | None) -> None:
        self._job = job
        self._marker = texts.marker(job.inputs.key(environment))
        self._merged = merged

    def tell(self, what: str) -> None:
        """A comment that can't be written does not change what became of the apply."""
        job, marker = self._job, self._marker
        job.runner.summary(what)
        if self._merged is None or not job.inputs.comment:
            return
        try:
            before = job.github.comment(self._merged.number, marker)
            reviewed = texts.reviewed_part(str(before["body"])) if before else ""
            job.github.write_comment(
                self._merged.number, marker, texts.commented(marker, what, reviewed, job.run)
            )
        except UserError as error:
            job.console.annotate(
                Severity.WARNING, f"The comment was not written: {error.message} ({error.hint})"
            )
