"""`command: validate`: the file, offline, for every environment."""

from __future__ import annotations

import json
from contextlib import suppress

from defacto_webhooks.ci import report
from defacto_webhooks.ci.github.job import Job, no_environments
from defacto_webhooks.config import NAMELESS, Nameless, environment_names
from defacto_webhooks.diagnostics import Diagnostic, InvalidConfig, in_order
from defacto_webhooks.errors import Exit, UserError


def validate(job: Job) -> int:
    """Set the outputs `environments` (JSON, for a matrix) and `next` (plan, apply or nothing)."""
    names: tuple[str, ...] = (NAMELESS,)
    found: list[Diagnostic] = []
    with suppress(InvalidConfig):  # `load` finds the same, and more
        names = environment_names(job.inputs.config) or names
    for name in names:
        try:
            found += job.load(None if name is NAMELESS else name, offline=True).diagnostics
        except InvalidConfig as invalid:
            found += invalid.diagnostics
    findings = in_order(found)
    job.runner.diagnostics(findings)
    job.runner.summary(report.checked(names, findings, job.event.why_no_plan))
    if any(finding.is_error for finding in findings):
        return Exit.ERROR
    chosen = _chosen(job, names)
    job.runner.output("environments", json.dumps(chosen))
    job.runner.output("next", job.event.next)
    job.runner.note(
        f"The file is valid for {', '.join(names)}. Next for {', '.join(chosen)}: {job.event.next}."
    )
    if job.event.is_by_hand and job.event.next == "nothing":
        raise UserError(
            "this is not running on the default branch", "start it there: only that branch is applied"
        )
    return Exit.DONE


def _chosen(job: Job, names: tuple[str, ...]) -> list[str]:
    """Those that the workflow allows, or the one of them that was asked for: the file has no say in it.

    The name of an environment of the file becomes that of an environment of GitHub, with its secrets.
    """
    allowed, asked = job.inputs.environments, job.inputs.environment
    if all(isinstance(name, Nameless) for name in names):  # a real one may be called `default`, too
        if allowed or asked:
            raise no_environments([asked] if asked else allowed)
        return [*names]
    if not allowed:
        raise UserError(
            "the workflow does not list the environments it may plan and apply",
            f"list them in the input `environments`; the file has {', '.join(names)}",
        )
    chosen = [asked] if asked else list(allowed)
    for name in chosen:
        if name not in allowed:
            raise UserError(
                f"the workflow does not allow the environment {name!r}",
                f"its input `environments` lists {', '.join(allowed)}",
            )
        if name not in names:
            raise UserError(
                f"there is no environment {name!r}; the file has {', '.join(names)}",
                "correct the file, or the input `environments` of the workflow",
            )
    return chosen
