"""`command: drift`: an issue that is open exactly as long as the account differs from the file."""

from __future__ import annotations

from defacto_webhooks.ci import report
from defacto_webhooks.ci.github.job import Job
from defacto_webhooks.config import EMBEDDED, NAMELESS
from defacto_webhooks.diagnostics import Severity
from defacto_webhooks.errors import UserError
from defacto_webhooks.redaction.printable import line
from defacto_webhooks.render import markdown


def drift(job: Job) -> None:
    """Plan, and open, change, reopen or close the issue. An error touches no issue: it is not drift."""
    if not job.event.is_on_default_branch:
        raise UserError(
            "this is not running on the default branch",
            "start it there: drift is measured against what is merged",
        )
    environment = job.environment()
    name = environment or NAMELESS
    plan = job.plan(environment).plan
    if plan.api_url == EMBEDDED:
        raise UserError(
            f"{name} is embedded and exists only in the job, so it can't drift", "remove it from the list"
        )
    job.runner.summary(markdown.plan(plan))
    marker, title = job.marker(name), f"Webhook drift: {line(job.inputs.key(name))}"
    issue = job.github.issue(marker)
    this_run = f"[This run]({job.event.run_url})"
    if plan.is_empty:
        if issue is not None and issue["state"] == "open":
            number = int(issue["number"])
            job.github.add_comment(number, f"{this_run} found that the difference is gone.")
            job.github.change_issue(number, state="closed", state_reason="completed")
        return
    job.runner.annotate(Severity.WARNING, f"{name} has drifted from the file")
    by_hand = job.by_hand(plan, job.inputs.apply_workflow or "webhooks.yml")
    text = report.drifted(marker, plan, by_hand, job.event.run_url)
    if issue is None:
        job.github.open_issue(title, text)
        return
    number = int(issue["number"])
    job.github.change_issue(number, title=title, body=text, state="open")
    if issue["state"] != "open":
        job.github.add_comment(number, f"{this_run} found that the account differs again.")
