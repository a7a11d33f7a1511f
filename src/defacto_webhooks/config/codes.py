"""Every code that a diagnostic can have. Stable: scripts, `ignore[…]` comments and docs refer to them."""

from __future__ import annotations

from enum import StrEnum

from defacto_webhooks.diagnostics import Diagnostic, Severity, Span


class Code(StrEnum):
    """In the order of the stages that find them."""

    YAML_SYNTAX = "yaml-syntax"
    YAML_TAG = "yaml-tag"
    DUPLICATE_KEY = "duplicate-key"
    EMPTY_FILE = "empty-file"
    UNSUPPORTED_VERSION = "unsupported-version"
    UNKNOWN_FIELD = "unknown-field"
    MISSING_FIELD = "missing-field"
    WRONG_TYPE = "wrong-type"
    UNKNOWN_EVENT_TYPE = "unknown-event-type"
    EMPTY_EVENT_TYPES = "empty-event-types"
    EMPTY_GLOB = "empty-glob"
    KNOWN_EVENT_TYPE = "known-event-type"
    DUPLICATE_NAME = "duplicate-name"
    MISSING_VARIABLE = "missing-variable"
    EMPTY_VARIABLE = "empty-variable"
    VARIABLE_SYNTAX = "variable-syntax"
    MISSING_API_KEY = "missing-api-key"
    MASKED_SECRET = "masked-secret"  # noqa: S105 - a name, not a secret
    INVALID_URL = "invalid-url"
    INSECURE_URL = "insecure-url"
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
        """Warnings, and what an adopted account may rightly have."""
        return self in _WARNINGS or self in _TOLERABLE


_WARNINGS = frozenset(
    {
        Code.INVALID_IGNORE,
        Code.KNOWN_EVENT_TYPE,
        Code.LITERAL_SECRET,
        Code.OVERLAPPING_SUBSCRIPTIONS,
        Code.UNUSED_PLACEHOLDER,
    }
)
_TOLERABLE = frozenset({Code.INSECURE_URL, Code.UNREACHABLE_URL, Code.SLACK_INCOMING_WEBHOOK})


def finding(code: Code, span: Span, message: str, hint: str = "") -> Diagnostic:
    """A diagnostic with the severity of its code."""
    return Diagnostic(code, code.severity, span, message, hint)
