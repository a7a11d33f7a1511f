"""Annotations for GitHub Actions, and groups in its log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from defacto_webhooks.diagnostics import Diagnostic, Severity
from defacto_webhooks.redaction.printable import line

MAX_ANNOTATIONS: Final = 10  # what GitHub shows of one step
END_GROUP: Final = "::endgroup::"


def diagnostics(found: Sequence[Diagnostic]) -> str:
    """One workflow command a diagnostic, errors first; at most ten, then how many more there are."""
    ordered = sorted(found, key=lambda diagnostic: not diagnostic.is_error)
    shown = ordered if len(ordered) <= MAX_ANNOTATIONS else ordered[: MAX_ANNOTATIONS - 1]
    commands = [_annotation(diagnostic) for diagnostic in shown]
    if len(ordered) > len(shown):
        left = ordered[len(shown) :]
        commands.append(
            f"::{left[0].severity.value} title=defacto-webhooks::"
            f"{len(left)} more findings: `defacto-webhooks validate` shows them all"
        )
    return "\n".join(commands)


def group(title: str) -> str:
    """Begins a group of lines that the log folds; `END_GROUP` ends it."""
    return f"::group::{_data(line(title))}"


def annotation(severity: Severity, message: str) -> str:
    """An annotation that is not about a place in a file."""
    return f"::{severity.value} title=defacto-webhooks::{_data(line(message))}"


def harmless(text: str) -> str:
    """`text` with nothing in it that the runner takes for a command.

    It takes lines that begin with `::`, whatever spaces stand before, and the older `##[` anywhere in a
    line (actions/runner, ActionCommand.cs).
    """
    lines = text.split("\n")
    for number, each in enumerate(lines):
        begin = each.lstrip()
        if begin.startswith("::"):
            lines[number] = each.removesuffix(begin) + "\\" + begin
    return "\n".join(lines).replace("##[", "#\\#[")


def _annotation(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    message = diagnostic.message + (f" ({diagnostic.hint})" if diagnostic.hint else "")
    return (
        f"::{diagnostic.severity.value} file={_property(span.file)},line={span.line},col={span.column},"
        f"title={_property(str(diagnostic.code))}::{_data(line(message))}"
    )


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(line(text)).replace(":", "%3A").replace(",", "%2C")
