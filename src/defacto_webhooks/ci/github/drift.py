"""`command: drift`: an issue that is open exactly as long as the account differs from the file."""

from __future__ import annotations

from defacto_webhooks.ci import report as texts
from defacto_webhooks.ci.github.job import Job
from defacto_webhooks.diagnostics import Severity
from defacto_webhooks.errors import Exit
from defacto_webhooks.redaction.printable import line
from defacto_webhooks.render import markdown


def drift(job: Job) -> int:
    """Plan, and open, change, reopen or close the issue. An error touches no issue: it is not drift."""
    name, where = job.environment()
    plan = job.plan(where)
    job.runner.summary(markdown.plan(plan))
    key = job.inputs.key(name)
    marker, title = texts.marker(key), f"Webhook drift: {line(key)}"
    issue = job.github.issue(marker)
    if plan.is_empty:
        if issue is not None and issue["state"] == "open":
            number = int(issue["number"])
            job.github.say(number, f"The difference is gone, says [this run]({job.run.url}).")
            job.github.change_issue(number, state="closed", state_reason="completed")
        return Exit.DONE
    job.console.annotate(Severity.WARNING, f"{name} has drifted from the file")
    text = texts.drifted(marker, plan, job.run)
    if issue is None:
        job.github.open_issue(title, text)
        return Exit.DONE
    number = int(issue["number"])
    job.github.change_issue(number, title=title, body=text, state="open")
    if issue["state"] != "open":
        job.github.say(number, f"The account differs again, says [this run]({job.run.url}).")
    return Exit.DONE
