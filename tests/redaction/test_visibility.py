"""Exactly what may be seen of a URL, by whom."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given, strategies as st

from defacto_webhooks.redaction import InvalidUrl, Secret, SecretUrl
from defacto_webhooks.subscription import RemoteSubscription, Subscription
from tests.redaction.urls import CANARY, PLACES, all_texts, canaries, from_file


@given(st.sampled_from(PLACES), canaries)
def test_nothing_that_may_be_secret_is_shown_of_a_url_of_the_account(place: str, canary: str) -> None:
    url = SecretUrl.from_account(place.format(canary))
    remote = RemoteSubscription("1", Subscription.of("a", url, ["Loan.CLOSED"]))
    other = SecretUrl.from_account(place.format("other"))
    for text in (all_texts(url), all_texts(remote), url.changed_from(other), other.changed_from(url)):
        assert CANARY not in text
        assert CANARY not in unquote(text)
    assert url.reveal().count(CANARY) == 1


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        # What came from a variable is hidden, whatever it looks like and wherever it is.
        (from_file("https://h.example/a/", Secret("a"), "/b"), "https://h.example/a/***/b"),
        (from_file("https://h.example/", Secret("a/b"), "c/d"), "https://h.example/***/d"),
        (from_file("https://h.example/", Secret("a"), "/", Secret("b")), "https://h.example/***/***"),
        (from_file("https://h.example/x?", Secret("key"), "=1"), "https://h.example/x?***=***"),
        (from_file("https://h.example/x?to", Secret("ken"), "=1"), "https://h.example/x?***=***"),
        (from_file("https://h.example/x?", Secret("key=1&other=2&b")), "https://h.example/x?***"),
        (from_file("https://h.example/x?a=", Secret("1"), "&b=2"), "https://h.example/x?a=***&b=***"),
        (from_file("https://hooks.slack.com/", Secret("services"), "/T"), "https://hooks.slack.com/***/***"),
        # Also in the host. The scheme is one of two.
        (from_file(Secret("HTTPS://u:p@H.example:8443/a?b=c#d")), "https://***"),
        (from_file("https://", Secret("h.example"), "/a"), "https://***/a"),
        (from_file("https://", Secret("Tenant"), ".hooks.example.com/a"), "https://***.hooks.example.com/a"),
        (from_file("https://x-", Secret("tenant"), ".h.example:8443"), "https://***.h.example:8443"),
        (from_file("https://h.", Secret("a.b"), ".example"), "https://h.***.example"),
        (from_file("https://h.example:", Secret("8443"), "/a"), "https://h.example:***/a"),
        (from_file("https://h.example:", Secret("443"), "/a/b?c=d"), "https://***/a/b?c=***"),
        (from_file("https://", Secret("bü"), "cher.example/a"), "https://***/a"),
        (from_file("https://bücher.example/", Secret("a"), "/b"), "https://xn--bcher-kva.example/***/b"),
        (from_file("https://u:p@bücher.example/", Secret("a"), "/b"), "https://***@xn--bcher-kva.example/***/b"),
        (from_file("https://127.0.0.", Secret("1"), ":1/"), "https://127.0.0.***:1/"),
        (from_file("https://[", Secret("2001:DB8::1"), "]:1/"), "https://***:1/"),
        (from_file("https://", Secret("u:p@[2001:DB8::1]:1")), "https://***"),
        (from_file("https://h.example/", Secret("")), "https://h.example/"),
        # Of what the file writes, the path is shown, and the query keys that look like ones.
        (from_file("https://h.example/Xy9%2F;p=1//"), "https://h.example/Xy9%2F;p=1//"),
        (from_file("https://h.example?a=1&b&c[]=2&" + "d" * 21 + "=3"), "https://h.example?a=***&***&***=***&***=***"),
        (from_file("https://hooks.slack.com./services/T"), "https://hooks.slack.com./services/***"),
        (from_file("https://hooks.slack.com/T0AAA/services"), "https://hooks.slack.com/***/***"),
        (SecretUrl.from_account("https://h.example/v1/a_b-c/Ab/" + "d" * 25), "https://h.example/v1/a_b-c/***/***"),
        (SecretUrl.from_account("https://h.example/?&&=&a="), "https://h.example/?&&***=***&a=***"),
        (SecretUrl.from_account("ftp://h.example/a"), "***"),
        (SecretUrl.from_account("https://u:p/@h.example"), "***"),
    ],
)  # fmt: skip
def test_exactly_what_may_be_shown_is(url: SecretUrl, shown: str) -> None:
    assert str(url) == shown


@pytest.mark.parametrize(
    ("url", "host"),
    [
        (from_file("https://", Secret("tenant"), ".h.example:1/a"), "***.h.example"),
        (from_file("https://", Secret("h.example"), ":1/a"), "***"),
        (from_file(Secret("https://h.example:1/a")), "***"),
        (from_file("https://u:p@h.example:1/a"), "h.example"),
        (from_file("https://[::1]:1/a"), "::1"),
        (SecretUrl.from_account("nonsense"), "***"),
    ],
)
def test_of_the_host_no_more_is_shown_on_its_own(url: SecretUrl, host: str) -> None:
    assert url.shown_host == host


_secrets = st.lists(st.sampled_from(["wx", "Yz", "9", *"-./?=&#ü", "%2F"])).map("".join).map(Secret)


@given(
    st.sampled_from(["https://", "https://k.", "https://k.test/", "https://k.test?", "HTTPS://K.test:443/#"]),
    st.lists(st.one_of(st.text("abcdef", min_size=1, max_size=4), _secrets), max_size=6),
    st.sampled_from(["", "k.test", ".test/", "/k"]),
)
def test_of_what_came_from_a_variable_no_character_is_shown(
    start: str, pieces: list[str | Secret], end: str
) -> None:
    try:
        url = from_file(start, *pieces, end)
    except InvalidUrl:
        return
    assert not re.search("[wxyz9ü]", str(url) + url.shown_host)  # which are in no literal text


_url_texts = st.text("aZ09:/?#[]@!$&'()*+,;=-._~% \\\"<>ü{}\x00", max_size=12)


@given(
    st.sampled_from(["https://", "HTTP://", "//", "", "https://h.example/", "https://h.example?"]),
    st.lists(_url_texts),
)
def test_of_a_random_url_no_value_is_shown(start: str, texts: list[str]) -> None:
    """An oracle of its own: what is behind `?`, `#` or in front of `@` is never in what is shown."""
    texts = [text.replace("%", "%C4naRy") + CANARY for text in texts]
    whole = start + "".join(texts)
    url = SecretUrl.from_account(whole)
    shown = str(url)
    tail = whole.partition("://")[2] or whole
    authority = re.split("[/?#]", tail, maxsplit=1)[0]
    if CANARY.lower() not in authority.lower().rpartition("@")[2]:  # a host is shown
        assert CANARY not in shown
        assert CANARY not in unquote(shown)
    assert url.reveal().count(CANARY) == whole.count(CANARY) or CANARY in authority
