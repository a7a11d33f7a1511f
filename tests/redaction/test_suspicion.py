"""What looks like a secret, in a file or in what a server says."""

from __future__ import annotations

import pytest

from defacto_webhooks.redaction import quotable
from defacto_webhooks.redaction.suspicion import looks_like_a_token, looks_like_a_url, writes_a_secret

TOKENS = (
    "sk_live_51HabcDEF123",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "xoxb-12345-67890-abcde",
    "AKIAIOSFODNN7EXAMPLE",
    "5f4dcc3b5aa765d61d8327deb882cf99",
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.abc",
    "abcdefghijklmnopqrstuvwxyz",
    "12345678901234567890123456",
    "FR7630006000011234567890189",
    "a1b2-c3d4-e5f6-g7h8",
)
WORDS = (
    "",
    "invoices",
    "Loan.PENDING_VALIDATION",
    "production-eu-west-1",
    "team-a-invoices-2024",
    "CALLBACK_HOST_2",
    "a18d5057-0092-4555-b865-7ade03c3ac9b",
    "webhooks.yaml",
    "2026-02-11",
    "max_delete_percent",
    "ISO8601",
    "Invoice.SUBMITTED_v2",
    "123456789",
)


@pytest.mark.parametrize("token", TOKENS)
def test_a_token_is_one_wherever_it_is(token: str) -> None:
    assert looks_like_a_token(token)
    assert looks_like_a_token(f"the word '{token}', it said")
    assert quotable(token) == "***"
    assert writes_a_secret(f"https://h.example/a?x={token}")
    assert writes_a_secret(f"https://h.example/a?{token}")
    assert writes_a_secret(f"https://h.example/a#{token}")


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_none(word: str) -> None:
    assert not looks_like_a_token(word)
    assert quotable(word) == word
    assert not writes_a_secret(f"https://h.example/{word}?x={word[:8]}#{word[:8]}")


def test_what_is_quoted_is_short_and_no_part_of_a_url() -> None:
    assert quotable("x" * 3 + " y" * 40) == "xxx" + " y" * 18 + "…"
    for text in ("a/b", "a?b", "a=b", "a@b", "a%20b", "a#b", "a&b", "a;b", "a\\b"):
        assert quotable(text) == "***"


@pytest.mark.parametrize(
    "text",
    ["https://h.example", "//h.example/x", "h.example/x", "h.example:8/x", "?token=1", "a=1234", "user@h"],
)
def test_a_url_or_a_part_of_one(text: str) -> None:
    assert looks_like_a_url(text)


@pytest.mark.parametrize(
    "text", ["application/json", "and/or", "to_url", "e.g.", "a=", "event_types:", "n/a"]
)
def test_what_is_no_url(text: str) -> None:
    assert not looks_like_a_url(text)


@pytest.mark.parametrize(
    ("written", "is_secret"),
    [
        ("https://h.example/a?token=abcd", True),
        ("https://h.example/a?token=", False),  # a variable was here
        ("https://h.example/a?x-api-key=abcd&y=1", True),
        ("https://h.example/a?Signature=abcd", True),
        ("https://h.example/a?lang=french", False),
        ("https://h.example/a?lang=abcdefghijklmnopqrstuvwx", True),
        ("https://user:pass@h.example/", True),
        ("https://user:@h.example/", False),
        ("https://:@h.example/", False),
        ("https://sometoken@h.example/", True),
        ("https://hooks.slack.com/triggers/T0/1", True),
        ("https://hooks.slack.com/triggers//", False),
        ("https://hooks.slack.com/services/T0/B0/1", False),
        ("https://hooks.slack-gov.com:443/workflows/T0", True),
        ("?token=abcd", True),  # the rest comes from a variable
        ("", False),
    ],
)
def test_a_secret_that_the_file_writes(written: str, is_secret: bool) -> None:
    assert writes_a_secret(written) == is_secret
