"""What is wrong with a file, as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from defacto_webhooks.diagnostics import WITHOUT_A_VALUE, Diagnostic, Snippet, grouped
from defacto_webhooks.phrases import some
from defacto_webhooks.redaction.printable import line, width
from defacto_webhooks.render.style import Style
from defacto_webhooks.render.views import Diagnostics

_MARGIN: Final = "      | "
_PLACES: Final = 5  # besides the first, of a finding that is in many
_IN_FULL: Final = 3  # variables without a value that have their lines: what to do is always the same


def findings(findings: Diagnostics, style: Style) -> str:
    """One block a finding: place, code, message, the line with a caret, the other places, what to do.

    Where many variables have no value, it is but one line for most of them.
    """
    blocks: list[str] = []
    valueless = 0
    for group in grouped(findings.diagnostics):
        valueless += group[0].code in WITHOUT_A_VALUE
        in_full = group[0].code not in WITHOUT_A_VALUE or valueless <= _IN_FULL
        blocks += _finding(group, style, in_full=in_full)
    return "\n".join(blocks)


def _finding(group: Sequence[Diagnostic], style: Style, *, in_full: bool) -> Iterable[str]:
    diagnostic, *others = group
    color = "red" if diagnostic.is_error else "yellow"
    kind = style.paint(f"{diagnostic.severity.value}[{diagnostic.code}]", color, bold=True)
    yield f"{style.paint(line(str(diagnostic.span)), bold=True)}: {kind}: {line(diagnostic.message)}"
    if in_full and diagnostic.snippet and diagnostic.snippet.line.strip():
        snippet = _cropped(diagnostic.snippet, style.width - len(_MARGIN))
        number = f"{diagnostic.span.line:>5} |"
        yield f"{style.paint(number, dim=True)} {line(snippet.line)}"
        length = max(1, width(line(snippet.line[snippet.start : snippet.end])))
        caret = " " * width(line(snippet.line[: snippet.start])) + style.paint("^" * length, color)
        yield f"{style.paint(_MARGIN.rstrip(), dim=True)} {caret}"
    if others:
        places = ", ".join(some((line(str(other.span)) for other in others), _PLACES))
        yield style.wrap(f"also at {places}", 8, "      = ")
    if in_full and diagnostic.hint:
        yield style.wrap(line(diagnostic.hint), 8, "      = ")


def _cropped(snippet: Snippet, room: int) -> Snippet:
    """So much of a long line as fits, with the caret in it."""
    text = snippet.line
    if len(text) <= room:
        return snippet
    begin = max(0, min(snippet.start - room // 3, len(text) - room))
    cut = text[begin : begin + room]
    cut = ("…" + cut[1:]) if begin else cut
    cut = (cut[:-1] + "…") if begin + room < len(text) else cut
    start = max(snippet.start - begin, 0)
    return Snippet(cut, start, min(snippet.end - begin, room))
