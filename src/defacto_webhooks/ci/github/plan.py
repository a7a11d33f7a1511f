"""`command: plan`: in the summary, in the comment, and in a commit status that says what was shown."""

from __future__ import annotations

from defacto_webhooks.ci import report as texts
from defacto_webhooks.ci import review as decide
from defacto_webhooks.ci.github.job import Job
from defacto_webhooks.errors import Exit, Interrupted, explained
from defacto_webhooks.plan import guards
from defacto_webhooks.render import markdown


def plan(job: Job) -> int:
    """Plan one environment. Exit code 0 also with changes: they are what a pull request is for."""
    name, where = job.environment()
    pull_request = job.run.pull_request if job.inputs.comment else None
    marker, context = texts.marker(job.inputs.key(name)), status_context(job, name)
    try:
        plan = job.plan(where)
    except Interrupted:  # a newer commit took over, and will say more
        raise
    except Exception as error:
        text = texts.no_plan(name, explained(error))
        job.runner.summary(text)
        if pull_request is not None:
            job.github.write_status(
                pull_request.head, context, good=False, description="No plan could be made", url=job.run.url
            )
            job.github.write_comment(pull_request.number, marker, texts.commented(marker, text, "", job.run))
        raise
    job.runner.summary(markdown.plan(plan))
    if pull_request is not None:
        # The comment first: the status says that it was shown.
        job.github.write_comment(
            pull_request.number, marker, texts.planned(marker, plan, job.run, pull_request)
        )
        final = any(guard.override is None for guard in guards.check(plan))
        job.github.write_status(
            pull_request.head, context, good=not final, description=decide.note(plan), url=job.run.url
        )
    return Exit.DONE


def status_context(job: Job, environment: str) -> str:
    """The name of the commit status: the check that a branch rule can require."""
    return f"webhooks plan: {job.inputs.key(environment)}"
