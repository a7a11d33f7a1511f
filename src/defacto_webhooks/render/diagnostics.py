"""Diagnostics as text and as JSON. Needs none of the rooms that plan and apply, so `validate` stays quick."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from defacto_webhooks.render.safe import line, width

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from defacto_webhooks.diagnostics import Diagnostic
    from defacto_webhooks.render.style import Style


def text(found: Sequence[Diagnostic], style: Style) -> str:
    """One block a diagnostic: place, code, message, the line with a caret, what to do."""
    return "\n".join(text for diagnostic in found for text in _diagnostic(diagnostic, style))


def _diagnostic(diagnostic: Diagnostic, style: Style) -> Iterable[str]:
    color = "red" if diagnostic.is_error else "yellow"
    kind = style.paint(f"{diagnostic.severity.value}[{diagnostic.code}]", color, bold=True)
    yield f"{style.paint(line(str(diagnostic.span)), bold=True)}: {kind}: {line(diagnostic.message)}"
    span = diagnostic.span
    if diagnostic.source_line:
        number = f"{span.line:>5}"
        yield f"{style.paint(number + ' |', dim=True)} {line(diagnostic.source_line)}"
        start, end = span.column - 1, max(span.column, span.end_column - 1)
        length = max(1, width(line(diagnostic.source_line[start:end])))
        caret = " " * width(line(diagnostic.source_line[:start])) + style.paint("^" * length, color)
        yield f"{style.paint('      |', dim=True)} {caret}"
    if diagnostic.hint:
        yield style.wrap(line(diagnostic.hint), 8, "      = ")


def document(diagnostics: Iterable[Diagnostic]) -> dict[str, Any]:
    """The findings of `validate`."""
    return {
        "format_version": "1.0",
        "diagnostics": [
            {
                "code": str(diagnostic.code),
                "severity": diagnostic.severity.value,
                "message": diagnostic.message,
                "hint": diagnostic.hint,
                "file": diagnostic.span.file,
                "line": diagnostic.span.line,
                "column": diagnostic.span.column,
            }
            for diagnostic in diagnostics
        ],
    }
