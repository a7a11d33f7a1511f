"""The Markdown of comments, summaries, issues. Pure; whatever is foreign is escaped by the renderers."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import quote

from defacto_webhooks.apply import Report
from defacto_webhooks.ci.review import Reviewed, Stop
from defacto_webhooks.config import EMBEDDED
from defacto_webhooks.diagnostics import Diagnostic, InvalidConfig
from defacto_webhooks.errors import UserError
from defacto_webhooks.phrases import some
from defacto_webhooks.plan import Plan, guards
from defacto_webhooks.redaction.printable import code, markdown as escaped
from defacto_webhooks.render import markdown
from defacto_webhooks.render.markdown import sentence

_FINDINGS: Final = 50
_MAX_STEPS: Final = 500  # of 44 characters each, in the comment
_PLAN_LENGTH: Final = markdown.MAX_LENGTH - _MAX_STEPS * 44
_STEPS: Final = re.compile(r"<!-- steps ([A-Za-z0-9+/= ]*) -->")


def marker(key: str) -> str:
    """The first line of our comment or issue; it can't be seen and says whose it is."""
    return f"<!-- defacto-webhooks:{quote(key, safe=' ')} -->"


def planned(marker: str, plan: Plan, head: str, run_url: str) -> str:
    """The comment that reviewers read. Hidden in it are the fingerprints of its steps."""
    promise = " Merging applies this plan. If it has changed by then, nothing is applied."
    if guards.check(plan):
        promise = " A guard refuses it: merging applies nothing."
    elif plan.is_empty:
        promise = ""
    foot = f"<sub>Planned for {escaped(head[:7])} in [this run]({run_url}).{promise}</sub>"
    shown = markdown.plan(plan, max_length=_PLAN_LENGTH)
    return "\n".join([marker, shown, "", foot, *_hidden_steps(plan)]) + "\n"


def _hidden_steps(plan: Plan) -> Iterable[str]:
    """None of an embedded account: everybody knows the key that they are made with, and could try values of
    a variable on each; nor is there anything to finish, as the account is gone with the job."""
    if plan.api_url != EMBEDDED and 0 < len(plan.step_fingerprints) <= _MAX_STEPS:
        steps = (b64encode(bytes.fromhex(step)).decode() for step in plan.step_fingerprints)
        yield f"<!-- steps {' '.join(steps)} -->"


def planned_steps(comment: str) -> frozenset[str]:
    """The fingerprints that `planned` hid in a comment, which somebody may have edited since."""
    match = _STEPS.search(comment)
    if match is None:
        return frozenset()
    try:
        return frozenset(b64decode(step, validate=True).hex() for step in match[1].split())
    except ValueError:
        return frozenset()


def no_plan(marker: str, environment: str, error: UserError, run_url: str) -> str:
    """The comment instead of a plan."""
    return "\n".join([marker, failed_plan(environment, error), "", _written_by(run_url)]) + "\n"


def failed_plan(environment: str, error: UserError) -> str:
    """Why there is no plan."""
    return _with_findings(markdown.no_plan(environment, error), error)


def applied(report: Report, api_url: str) -> str:
    """What an apply did."""
    return "\n".join([markdown.report(report), "", f"API: {code(api_url)}"])


def not_applied(environment: str, error: UserError) -> str:
    """An apply that failed before it had a report."""
    return _with_findings(markdown.failed(f"Webhook apply for {code(environment)}", error), error)


def stopped(stop: Stop, plan: Plan, reviewed: Reviewed | None, by_hand: str) -> str:
    """Why nothing was applied, what would be, and how to do it. `by_hand` is Markdown."""
    lines = [
        f"### ⏸️ Nothing was applied to {code(plan.environment)}",
        "",
        f"**{sentence(stop.why)}** Nothing was changed.",
    ]
    if reviewed is not None:
        lines += ["", f"Reviewed: {sentence(reviewed.summary)} Fingerprint {code(reviewed.fingerprint)}"]
    if stop.by_hand:
        lines += ["", f"If the plan below is right: {by_hand}"]
    return "\n".join([*lines, "", markdown.plan(plan, max_length=_PLAN_LENGTH)])


def result(text: str, run_url: str) -> str:
    """What became of a merge, as a comment of its own."""
    return f"{text}\n\n{_written_by(run_url)}\n"


def drifted(marker: str, plan: Plan, by_hand: str, run_url: str) -> str:
    """The issue about an account that differs from the file. `by_hand` is Markdown."""
    what = f"The account of {code(plan.environment)} differs from the file."
    how = f"Change the file to match it, or apply the plan below to undo the drift: {by_hand}"
    foot = f"<sub>Seen in [this run]({run_url}). This issue closes when the difference is gone.</sub>"
    return "\n".join([marker, f"{what} {how}", "", markdown.plan(plan), "", foot]) + "\n"


def checked(names: Sequence[str], found: Sequence[Diagnostic], why_no_plan: str) -> str:
    """What `validate` found, for the page of the run."""
    errors = sum(diagnostic.is_error for diagnostic in found)
    head = "❌ The webhooks file has errors" if errors else "The webhooks file is valid"
    lines = [
        f"### {head}",
        "",
        f"Checked for {', '.join(map(code, names))}, offline, assuming that every variable is set.",
    ]
    if why_no_plan:
        lines += ["", "> [!IMPORTANT]", f"> **There is no plan.** {sentence(why_no_plan)}"]
    return "\n".join([*lines, *_findings(found)])


def _written_by(run_url: str) -> str:
    return f"<sub>Written by [this run]({run_url}).</sub>"


def _with_findings(text: str, error: UserError) -> str:
    found = error.diagnostics if isinstance(error, InvalidConfig) else ()
    return "\n".join([text, *_findings(found)])


def _findings(found: Sequence[Diagnostic]) -> list[str]:
    lines = (
        f"{code(str(d.span))} {d.severity.value} {code(d.code)}: {sentence(d.message)}"
        + (f" ({sentence(d.hint)})" if d.hint else "")
        for d in found
    )
    return ["", *(f"- {one}" for one in some(lines, _FINDINGS))] if found else []
