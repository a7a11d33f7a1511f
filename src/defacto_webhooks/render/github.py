"""Annotations for GitHub Actions, and groups in its log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from defacto_webhooks.render.safe import line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from defacto_webhooks.diagnostics import Diagnostic

MAX_ANNOTATIONS: Final = 10  # what GitHub shows of one step


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
