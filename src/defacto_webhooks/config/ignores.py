"""Comments that silence findings in their line: `# defacto-webhooks: ignore[…]`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from defacto_webhooks.config.lines import Lines
from defacto_webhooks.diagnostics import Code, Diagnostic, Span, finding
from defacto_webhooks.redaction import quotable

COMMENT = re.compile(r"#\s*defacto-webhooks:\s*ignore\[([^\]]*)\]")
_WORD = "ignore["


def is_ignored(found: Diagnostic, lines: Lines) -> bool:
    """Whether a comment in its line silences it, and may."""
    return Code(found.code).can_be_ignored and found.code in _ignored(lines, found.span.line)[1]


def wrong_ignores(lines: Lines) -> Iterable[Diagnostic]:
    """Comments that ignore what does not exist or can't be ignored."""
    for number in range(1, len(lines.texts) + 1):
        at, names = _ignored(lines, number)
        for name in names:
            known = next((code for code in Code if code == name), None)
            if known is None or not known.can_be_ignored:
                what = "there is no code" if known is None else "this error can't be ignored:"
                span = Span(lines.document.file, number, at + 1)
                hint = (
                    "only warnings, insecure-url, unreachable-url and slack-incoming-webhook can be ignored"
                )
                yield finding(Code.INVALID_IGNORE, span, f"{what} {quotable(name)!r}", hint)


def _ignored(lines: Lines, number: int) -> tuple[int, list[str]]:
    """Where the comment is in a line, and what it ignores; a `#` inside a value does not begin one."""
    text = lines.texts[number - 1] if number <= len(lines.texts) else ""
    for found in COMMENT.finditer(text) if _WORD in text else ():
        at = found.start()
        is_in_value = any(scalar.start <= at < scalar.end for scalar in lines.scalars(number))
        if not is_in_value and (at == 0 or text[at - 1] in " \t"):
            return at, [name.strip() for name in found[1].split(",") if name.strip()]
    return 0, []
