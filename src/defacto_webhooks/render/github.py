"""Findings as annotations of a GitHub workflow.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from typing import Final

from defacto_webhooks.diagnostics import Diagnostic, Severity
from defacto_webhooks.redaction.printable import line
from defacto_webhooks.render.format import Format, Syntax
from defacto_webhooks.render.style import PLAIN, Style
from defacto_webhooks.render.views import Diagnostics

MAX_ANNOTATIONS: Final = 10  # what GitHub shows of one step


def findings(findings: Diagnostics, _: Style = PLAIN) -> str:
    """One annotation a finding, errors first; at most ten, the last of which counts those left out."""
    ordered = sorted(findings.diagnostics, key=lambda diagnostic: not diagnostic.is_error)
    shown = ordered if len(ordered) <= MAX_ANNOTATIONS else ordered[: MAX_ANNOTATIONS - 1]
    commands = [_finding(diagnostic) for diagnostic in shown]
    left = ordered[len(shown) :]
    if left:
        message = f"{len(left)} more findings: `defacto-webhooks validate` shows them all"
        commands.append(annotation(left[0].severity, message))
    return "\n".join(commands)


def annotation(severity: Severity, message: str) -> str:
    """An annotation that is not about a place in a file."""
    return command(severity.value, message, title="defacto-webhooks")


def command(name: str, message: str = "", **properties: str) -> str:
    """A workflow command, on one line whatever the texts hold."""
    described = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name}{' ' if described else ''}{described}::{_data(line(message))}"


def _finding(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    message = diagnostic.message + (f" ({diagnostic.hint})" if diagnostic.hint else "")
    return command(
        diagnostic.severity.value,
        message,
        file=span.file,
        line=str(span.line),
        col=str(span.column),
        title=str(diagnostic.code),
    )


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(line(text)).replace(":", "%3A").replace(",", "%2C")


FORMAT: Final = Format({Diagnostics: findings}, Syntax.COMMANDS)
