"""The Markdown of comments, summaries and issues. Pure; whatever is foreign is escaped by the renderers."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from defacto_webhooks.apply import Report
from defacto_webhooks.ci.github.inputs import PullRequest, Run
from defacto_webhooks.ci.review import Reviewed, Stop
from defacto_webhooks.diagnostics import Diagnostic, InvalidConfig
from defacto_webhooks.errors import UserError
from defacto_webhooks.phrases import some
from defacto_webhooks.plan import Plan, guards
from defacto_webhooks.redaction.printable import code, short
from defacto_webhooks.redaction.printable import markdown as plain
from defacto_webhooks.render import markdown

HALF: Final = 28_000  # characters: two plans in one comment stay below GitHub's 65,536
_FINDINGS: Final = 50
_BEGIN: Final = "<!-- the reviewed plan -->"
_END: Final = "<!-- end of the reviewed plan -->"
_CUT: Final = "\n\nCut: too long.\n"


def marker(key: str) -> str:
    """The first line of our comment or issue; it can't be seen and says whose it is."""
    return f"<!-- defacto-webhooks:{quote(key, safe=' ')} -->"


def planned(marker: str, plan: Plan, run: Run, pull_request: PullRequest) -> str:
    """The comment that reviewers read."""
    promise = " Merging applies exactly this plan; if it has changed by then, nothing."
    if guards.check(plan):
        promise = " A guard refuses it: merging applies nothing."
    elif plan.is_empty:
        promise = ""
    foot = f"<sub>Planned for {pull_request.head[:7]} in [this run]({run.url}).{promise}</sub>"
    return f"{marker}\n{_BEGIN}\n{markdown.plan(plan)}\n{_END}\n\n{foot}\n"


def reviewed_part(comment: str) -> str:
    """The plan that `planned` showed, out of any of our comments; empty where there is none."""
    match = re.search(f"{_BEGIN}\n(.*?){_END}", comment.replace("\r\n", "\n"), re.DOTALL)
    return match[1].strip() if match else ""


def no_plan(environment: str, error: UserError) -> str:
    """Instead of a plan."""
    return "\n".join([f"### ❌ No webhook plan for {code(environment)}", "", *_because(error)]) + "\n"


def applied(report: Report, places: Sequence[str]) -> str:
    """What an apply did. `places` are what the server would not take, and where it stands in the file."""
    shown = [f"- {one}" for one in some((plain(short(place)) for place in places), _FINDINGS)]
    return "\n".join([markdown.report(report, max_length=HALF), *shown])


def not_applied(environment: str, error: UserError) -> str:
    """An apply that failed before it had a report."""
    return "\n".join([f"### ❌ Webhook apply for {code(environment)}", "", *_because(error)]) + "\n"


def stopped(stop: Stop, plan: Plan, reviewed: Reviewed | None, run: Run) -> str:
    """Why nothing was applied, what would be, and how to do it."""
    lines = [
        f"### ⏸️ Nothing was applied to {code(plan.environment)}",
        "",
        f"**{plain(stop.why)}** Nothing was changed.",
    ]
    if reviewed is not None:
        lines += ["", f"Reviewed: {plain(reviewed.summary)} Fingerprint {code(reviewed.fingerprint)}"]
    if stop.by_hand:
        lines += ["", f"If the plan below is right: {by_hand(plan, run, stop.allow)}"]
    return "\n".join(lines) + "\n\n" + markdown.plan(plan, max_length=HALF)


def by_hand(plan: Plan, run: Run, allow: Sequence[str] = ()) -> str:
    """How to apply exactly this plan."""
    words = ["gh", "workflow", "run", run.workflow, "-f", f"environment={plan.environment}"]
    words += ["-f", f"fingerprint={plan.fingerprint}", *(w for a in allow for w in ("-f", f"allow={a}"))]
    page = f"{run.repository_url}/actions/workflows/{run.workflow}"
    return f"start [the workflow]({page}) by hand with its fingerprint, {code(shlex.join(words))}."


def commented(marker: str, text: str, reviewed: str, run: Run) -> str:
    """`text`, and the reviewed plan behind a click, as our comment after the merge."""
    parts = [marker, text.rstrip("\n"), ""]
    if reviewed:
        shown = reviewed if len(reviewed) <= HALF else reviewed[: HALF - len(_CUT)].rsplit("\n", 1)[0] + _CUT
        summary = "<details><summary>The plan that was reviewed</summary>"
        parts += [summary, "", _BEGIN, shown.rstrip("\n"), _END, "", "</details>", ""]
    return "\n".join([*parts, f"<sub>Written by [this run]({run.url}).</sub>"]) + "\n"


def drifted(marker: str, plan: Plan, run: Run) -> str:
    """The issue about an account that differs from the file."""
    what = f"The account of {code(plan.environment)} differs from the file."
    how = "Change the file to match, or bring the account back: run the workflow that applies, by hand."
    foot = f"<sub>Seen by [this run]({run.url}). The issue is closed when the difference is gone.</sub>"
    return "\n".join([marker, f"{what} {how}", "", markdown.plan(plan), "", foot]) + "\n"


def checked(names: Sequence[str], found: Sequence[Diagnostic], why_offline: str) -> str:
    """What `validate` found, for the page of the run."""
    errors = sum(diagnostic.is_error for diagnostic in found)
    head = "❌ The webhooks file has errors" if errors else "The webhooks file is valid"
    lines = [
        f"### {head}",
        "",
        f"Checked for {', '.join(map(code, names))}, offline, with every variable taken as set.",
    ]
    if why_offline:
        lines += [
            "",
            "> [!IMPORTANT]",
            f"> **There is no plan.** {plain(why_offline)} and gets no secrets: only the file was checked.",
            "> A maintainer who trusts it can push it to a branch of this repository for a plan.",
        ]
    return "\n".join([*lines, *_findings(found)]) + "\n"


def _because(error: UserError) -> list[str]:
    lines = [f"**{plain(short(error.message))}**"]
    if error.hint:
        lines += ["", plain(short(error.hint))]
    return [*lines, *(_findings(error.diagnostics) if isinstance(error, InvalidConfig) else [])]


def _findings(found: Sequence[Diagnostic]) -> list[str]:
    lines = (
        f"{code(str(d.span))} {d.severity.value} {code(d.code)}: {plain(d.message)}"
        + (f" ({plain(d.hint)})" if d.hint else "")
        for d in found
    )
    return ["", *(f"- {one}" for one in some(lines, _FINDINGS))] if found else []
