"""What can be wrong with a file: its code, how grave it is, where it is, what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from defacto_webhooks.errors import UserError
from defacto_webhooks.phrases import plural

_T = TypeVar("_T")


class Severity(StrEnum):
    """Errors stop every command; warnings stop only `validate --strict`."""

    ERROR = "error"
    WARNING = "warning"


class Code(StrEnum):
    """Every code, in the order of the stages that find them.

    Stable: scripts, `ignore[…]` comments and docs refer to them.
    """

    YAML_SYNTAX = "yaml-syntax"
    YAML_TAG = "yaml-tag"
    DUPLICATE_KEY = "duplicate-key"
    EMPTY_FILE = "empty-file"
    UNSUPPORTED_VERSION = "unsupported-version"
    UNKNOWN_FIELD = "unknown-field"
    MISSING_FIELD = "missing-field"
    WRONG_TYPE = "wrong-type"
    UNKNOWN_EVENT_TYPE = "unknown-event-type"
    RETIRED_EVENT_TYPE = "retired-event-type"
    EMPTY_EVENT_TYPES = "empty-event-types"
    EMPTY_GLOB = "empty-glob"
    KNOWN_EVENT_TYPE = "known-event-type"
    DUPLICATE_NAME = "duplicate-name"
    MISSING_VARIABLE = "missing-variable"
    EMPTY_VARIABLE = "empty-variable"
    VARIABLE_SYNTAX = "variable-syntax"
    RESERVED_VARIABLE = "reserved-variable"
    KEY_IN_URL = "key-in-url"
    INVISIBLE_CHARACTER = "invisible-character"
    MISSING_API_KEY = "missing-api-key"
    MASKED_SECRET = "masked-secret"  # noqa: S105 - a name, not a secret
    INVALID_URL = "invalid-url"
    INSECURE_URL = "insecure-url"
    UNTRUSTED_HOST = "untrusted-host"
    UNREACHABLE_URL = "unreachable-url"
    LITERAL_SECRET = "literal-secret"  # noqa: S105 - a name, not a secret
    SLACK_INCOMING_WEBHOOK = "slack-incoming-webhook"
    OVERLAPPING_SUBSCRIPTIONS = "overlapping-subscriptions"
    UNKNOWN_PLACEHOLDER = "unknown-placeholder"
    UNUSED_PLACEHOLDER = "unused-placeholder"
    OUT_OF_SCOPE = "out-of-scope"
    UNKNOWN_ENVIRONMENT = "unknown-environment"
    SPLIT_SETTINGS = "split-settings"
    INVALID_IGNORE = "invalid-ignore"

    @property
    def severity(self) -> Severity:
        return Severity.WARNING if self in _WARNINGS else Severity.ERROR

    @property
    def can_be_ignored(self) -> bool:
        """Warnings, and errors that an adopted account may have for a good reason."""
        return self in _WARNINGS or self in _TOLERABLE


WITHOUT_A_VALUE: Final = frozenset({Code.MISSING_VARIABLE, Code.EMPTY_VARIABLE})


_WARNINGS = frozenset(
    {
        Code.INVALID_IGNORE,
        Code.INVISIBLE_CHARACTER,
        Code.KNOWN_EVENT_TYPE,
        Code.LITERAL_SECRET,
        Code.OVERLAPPING_SUBSCRIPTIONS,
        Code.RETIRED_EVENT_TYPE,
        Code.UNUSED_PLACEHOLDER,
    }
)
_TOLERABLE = frozenset({Code.INSECURE_URL, Code.UNREACHABLE_URL, Code.SLACK_INCOMING_WEBHOOK})


class Span(NamedTuple):
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int
    end_column: int = 0  # 0: not known; only for the caret line

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def document(self) -> dict[str, Any]:
        return {"file": self.file, "line": self.line, "column": self.column}


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


def finding(code: Code, span: Span, message: str, hint: str = "") -> Diagnostic:
    """A diagnostic with the severity of its code."""
    return Diagnostic(code, code.severity, span, message, hint)


Slip: TypeAlias = tuple[Code, str, str]  # a finding without its place: code, message, hint


class Findings:
    """Collects the findings of stages that each return `(value, findings)`."""

    def __init__(self) -> None:
        self.all: list[Diagnostic] = []

    def add(self, found: Iterable[Diagnostic]) -> None:
        self.all += found

    def of(self, result: tuple[_T, Iterable[Diagnostic]]) -> _T:
        """Keep what a stage found; its value."""
        value, found = result
        self.add(found)
        return value


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """By place, then code: the same file always gives the same text."""
    return tuple(sorted(set(diagnostics), key=lambda d: (d.span, d.code, d.message)))


def grouped(diagnostics: Iterable[Diagnostic]) -> list[tuple[Diagnostic, ...]]:
    """Those that say the same of several places together, in the order of their first places."""
    groups: dict[tuple[str, str, str], list[Diagnostic]] = {}
    for one in diagnostics:
        groups.setdefault((one.code, one.message, one.hint), []).append(one)
    return [tuple(group) for group in groups.values()]


def counted(diagnostics: Iterable[Diagnostic], severity: Severity) -> str:
    """How many there are of `severity`: `2 errors`, `1 error in 13 places`."""
    groups = [group for group in grouped(diagnostics) if group[0].severity is severity]
    places = sum(map(len, groups))
    where = f" in {places:,} places" if places > len(groups) else ""
    return plural(len(groups), severity.value) + where


class InvalidConfig(UserError):
    """The file has errors; all of them, with the warnings, are in `diagnostics`.

    `advice` is what would mend many of them at once, in words; empty where nothing is known that would.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic], advice: str = "") -> None:
        self.diagnostics = in_order(diagnostics)
        self.advice = advice
        errors = counted(self.diagnostics, Severity.ERROR)
        fix = f"fix {'the error' if errors == '1 error' else 'the errors'} listed above, "
        fix += "then run `defacto-webhooks validate`"
        super().__init__(
            f"the configuration has {errors}; nothing was changed", f"{advice}; {fix}" if advice else fix
        )
