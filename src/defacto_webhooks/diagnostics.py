"""What can be wrong with a file: a code, a severity, a place, a next step."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from defacto_webhooks.errors import UserError


class Severity(StrEnum):
    """Errors stop every command; warnings only stop `validate --strict`."""

    ERROR = "error"
    WARNING = "warning"


class Span(NamedTuple):
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int
    end_column: int = 0  # 0: unknown; only for the caret line

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Snippet(NamedTuple):
    """The offending line as it may be shown; what is wrong with it is from `start` up to `end` (from 0)."""

    line: str
    start: int
    end: int


class Diagnostic(NamedTuple):
    """One finding. `message`, `hint` and `snippet` hold no secret."""

    code: str
    severity: Severity
    span: Span
    message: str
    hint: str = ""
    snippet: Snippet | None = None

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """By place, then code: the same file always gives the same text."""
    return tuple(sorted(set(diagnostics), key=lambda d: (d.span, d.code, d.message)))


class InvalidConfig(UserError):
    """The file has errors; all of them, with the warnings, are in `diagnostics`."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = in_order(diagnostics)
        errors = sum(diagnostic.is_error for diagnostic in self.diagnostics)
        super().__init__(
            f"the configuration has {errors} error{'s' if errors != 1 else ''}; nothing was changed",
            "mend the places listed above, then run `defacto-webhooks validate`",
        )
