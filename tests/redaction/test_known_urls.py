"""The account next to the file: what the file writes is shown, what it keeps in variables is not."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from defacto_webhooks.redaction import KnownUrls, Secret, SecretUrl
from tests.redaction.urls import CANARY, all_texts, canaries, from_file


def next_to(written: SecretUrl, to_url: str, name: str = "a") -> str:
    """How the account's `to_url` of `name` is shown next to a file that writes `written` for `a`."""
    return str(KnownUrls({"a": written}).from_account(name, to_url))


@given(canaries)
def test_the_same_url_is_shown_the_same(canary: str) -> None:
    url = from_file("https://h.example/Literal9/x-", Secret(canary), "-y/z?t=", Secret(canary))
    assert str(url) == "https://h.example/Literal9/***/z?t=***"
    assert CANARY not in all_texts(url)
    for name in ("a", "the old name of a"):
        assert next_to(url, url.reveal(), name) == str(url)
    assert KnownUrls({"a": url}).from_account("a", url.reveal()) == url


def test_the_account_shows_what_the_file_writes_and_hides_what_it_keeps_in_variables() -> None:
    written = from_file("https://h.example/Inv1/", Secret("swordfish"), "/v1?", Secret("opensesame"), "=1")
    to_url = "https://h.example/Inv1/swordfish/Zz9?opensesame=2&swordfish"
    assert "swordfish" in str(SecretUrl.from_account(to_url))  # a word like any other, to who does not know
    assert next_to(written, to_url) == "https://h.example/Inv1/***/***?***=***&***"
    assert next_to(written, to_url, "b") == "https://h.example/***/***/***?***=***&***"
    # A segment that the file also writes literally, elsewhere, does not show the hidden one.
    twice = from_file("https://h.example/Same1/", Secret("Same1"))
    assert next_to(twice, "https://h.example/Same1/Same1?") == "https://h.example/Same1/***?"
    slack = from_file("https://hooks.slack.com/services/T0AAA")
    assert (
        next_to(slack, "https://hooks.slack.com/services/T0AAA?") == "https://hooks.slack.com/services/***?"
    )


@pytest.mark.parametrize(
    ("before", "secret", "to_url", "shown"),
    [
        ("https://", "hooks.example.com", "https://hooks.example.com/old", "https://***/old"),
        ("https://x/", "hooks.example.com", "https://eu.HOOKS.example.com:8443/o", "https://eu.***:8443/o"),
        ("https://", "bücher.example", "https://xn--bcher-kva.example/a", "https://***/a"),
        ("https://", "tenant", "https://tenant-old.example.com/", "https://***.example.com/"),
        ("https://x/", "eu", "https://eu.example.com/eu/europe", "https://***.example.com/***/europe"),
        ("https://x?t=", "Swordfish", "https://h.example/my-swordfish?swordfish=1", "https://h.example/***?***=***"),
        ("https://x?t=", "", "https://h.example/a", "https://h.example/a"),
        ("https://x/", "one/two", "https://h.example/two/one/three", "https://h.example/***/***/three"),
        ("https://x:", "8443", "https://h.example:8443/", "https://h.example:***/"),
        ("", "https://u:p@y.example/path?key=v", "https://y.example/path?key=2", "https://***/***?***=***"),
    ],
)  # fmt: skip
def test_a_secret_of_the_file_is_hidden_in_every_url_of_the_account(
    before: str, secret: str, to_url: str, shown: str
) -> None:
    assert next_to(from_file(before, Secret(secret)), to_url, "b") == shown
    if secret.isascii():  # another secret than one in a URL is not in normal form
        assert str(KnownUrls({}, [Secret(secret)]).from_account("b", to_url)) == shown


@given(st.lists(st.sampled_from(["alpha", "beta", "9", "/", "?", "=", "&", "#", "."]), max_size=9))
def test_no_secret_of_the_file_is_in_what_is_shown(pieces: list[str]) -> None:
    written = from_file("https://h.example/x?t=", Secret("alpha"))
    shown = next_to(written, "https://h.example/" + "".join(pieces), "b")
    assert "alpha" not in shown


def test_a_server_s_text_is_cleaned_of_all_of_it() -> None:
    known = KnownUrls({"a": from_file("https://h.example/", Secret("p"), "?t=literal")}, [Secret("key")])
    assert sorted(known.hidden_values()) == ["key", "literal", "p"]
