"""What an apply did, as text."""

from __future__ import annotations

from defacto_webhooks.apply import Report, Status
from defacto_webhooks.redaction.printable import line
from defacto_webhooks.render import words
from defacto_webhooks.render.style import Style

_COLORS = {
    Status.DONE: "green",
    Status.FAILED: "red",
    Status.SKIPPED: "yellow",
    Status.UNKNOWN: "yellow",
}


def report(report: Report, style: Style) -> str:
    """What an apply did, change by change, and what to do next."""
    lines = []
    for result in report.results:
        status = style.paint(f"{result.status.value:<8}", _COLORS[result.status])
        name = style.paint(line(result.name), bold=True)
        lines.append(f"{status}{words.SYMBOLS[result.action]:>3} {name}  {result.action.value}")
        if result.error:
            lines.append(style.wrap(line(result.error), 12))
        lines += [style.wrap(line(reason), 12) for reason in words.reasons(result)]
    if lines:
        lines.append("")
    color = "green" if report.verified else "red"
    lines.append(style.paint(style.wrap(words.outcome(report), 0), color, bold=True))
    if report.error:
        lines.append(style.wrap(line(report.error), 0))
    step = words.next_step(report)
    if step:
        lines.append(style.wrap(step, 0))
    if report.left is not None and not report.left.is_empty:
        lines.append(style.wrap(f"Still to do: {words.summary(report.left)}", 0))
        lines.append(f"Fingerprint of what is left: {report.left.fingerprint}")
    return "\n".join(lines)
