"""`command: validate`: the file, offline, for every environment; and what the workflow does next."""

from __future__ import annotations

import json

from defacto_webhooks.ci import report as texts
from defacto_webhooks.ci.github.job import Job
from defacto_webhooks.cli.loading import environment_names, load_config
from defacto_webhooks.config import NAMELESS
from defacto_webhooks.diagnostics import Diagnostic, InvalidConfig, in_order
from defacto_webhooks.errors import Exit, UserError


def validate(job: Job) -> int:
    """Set the outputs `environments` (JSON, for a matrix) and `next` (plan, apply or nothing).

    And `accounts`: those of them that are not embedded. Only an account that outlives the job can drift.
    """
    found: list[Diagnostic] = []
    accounts: list[str] = []
    names: tuple[str, ...] = ()
    try:
        names = environment_names(job.where())
        for name in names or (None,):
            try:
                config = load_config(job.where(name), check_only=True, without_variables=True)
            except InvalidConfig as invalid:
                found += invalid.diagnostics
                continue
            found += config.diagnostics
            if not config.environment.is_embedded:
                accounts.append(config.environment.name)
        chosen = _chosen(job, names or (NAMELESS,), accounts)
    except InvalidConfig as invalid:  # no YAML, or not of the right shape: the same for each environment
        found, chosen = list(invalid.diagnostics), []
    ordered = in_order(found)
    job.console.diagnostics(ordered)
    job.runner.summary(texts.checked(names or (NAMELESS,), ordered, job.run.why_without_secrets))
    if any(diagnostic.is_error for diagnostic in ordered):
        return Exit.ERROR
    job.runner.output("environments", json.dumps(chosen))
    job.runner.output("accounts", json.dumps([name for name in chosen if name in accounts]))
    job.runner.output("next", job.run.next if chosen else "nothing")
    job.console.note(
        f"Good: {', '.join(names) or 'the file'}. Next: {job.run.next if chosen else 'nothing'}."
    )
    if job.run.event == "workflow_dispatch" and job.run.next == "nothing":
        raise UserError(
            "this was not started on the default branch", "start it there: only that branch is applied"
        )
    return Exit.DONE


def _chosen(job: Job, names: tuple[str, ...], accounts: list[str]) -> list[str]:
    """Those that were asked for, else all that talk to an account; embedded ones only if they are alone."""
    asked = job.inputs.environments
    unknown = [name for name in asked if name not in names]
    if unknown:
        raise UserError(
            f"there is no environment {unknown[0]!r}; the file has {', '.join(names)}",
            "see the input `environment`",
        )
    return list(asked) or accounts or list(names)
