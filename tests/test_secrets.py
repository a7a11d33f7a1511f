"""No part of a URL that may be secret is in any text that Python makes of it."""

from __future__ import annotations

import copy
import json
import pickle
import traceback
from urllib.parse import quote, unquote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from defacto_webhooks.api.cleaning import clean, forms
from defacto_webhooks.models import RemoteSubscription, Subscription
from defacto_webhooks.secrets import InvalidUrl, Piece, Secret, SecretUrl

CANARY = "C4naRy"
canaries = st.text("aZ9%-_~ü", min_size=1, max_size=6).map(lambda text: CANARY + text.replace("%", "%2F"))
# Where a secret can stand in a URL of the account's, with what stands around it.
PLACES = (
    "https://{}@hooks.example.com/defacto",
    "https://user:{}@hooks.example.com/defacto",
    "https://hooks.example.com/defacto/{}",
    "https://hooks.example.com/{}/defacto",
    "https://hooks.example.com/defacto?token={}",
    "https://hooks.example.com/defacto?a=1&token={}&b=2",
    "https://hooks.example.com/defacto?{}",
    "https://hooks.example.com/defacto?{}=1",
    "https://hooks.example.com/defacto?x&{}",
    "https://hooks.example.com/defacto#{}",
    "https://hooks.slack.com/services/T0/B0/{}",
    "https://hooks.slack.com/{}",
    "not a url {}",
    "{}",
    "ftp://hooks.example.com/{}",
)


def all_texts(value: object) -> str:
    texts = [str(value), repr(value), f"{value}", f"{value!r:>5}", f"{value} {value!r}", ascii(value)]
    try:
        raise ValueError(value)
    except ValueError:
        texts.append(traceback.format_exc())
    return "\n".join(texts)


@given(st.sampled_from(PLACES), canaries)
def test_nothing_that_may_be_secret_is_shown_of_a_url_of_the_account(place: str, canary: str) -> None:
    url = SecretUrl.from_account(place.format(canary))
    remote = RemoteSubscription("1", Subscription.of("a", url, ["Loan.CLOSED"]))
    other = SecretUrl.from_account(place.format("other"))
    for text in (all_texts(url), all_texts(remote), url.changed_from(other), other.changed_from(url)):
        assert CANARY not in text
        assert CANARY not in unquote(text)
    assert url.reveal().count(CANARY) == 1


@given(canaries)
def test_a_path_segment_that_a_secret_takes_part_in_is_hidden_in_the_file_too(canary: str) -> None:
    pieces = [Piece("https://hooks.example.com/Literal9/x-"), Piece(canary, secret=True), Piece("-y/z?t=")]
    url = SecretUrl.from_file([*pieces, Piece(canary, secret=True)])
    assert str(url) == "https://hooks.example.com/Literal9/***/z?t=***"
    assert CANARY not in all_texts(url) + all_texts(pieces)
    # What the file writes literally is shown of the account's URL as well; nothing else is.
    remote = SecretUrl.from_account(url.reveal()).knowing(url)
    assert str(remote) == str(url)
    assert remote == url


@pytest.mark.parametrize("value", [Secret(CANARY), SecretUrl.from_account(f"https://a/?t={CANARY}")])
def test_it_can_not_be_carried_out_of_its_type_unnoticed(value: object) -> None:
    for way in (pickle.dumps, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError) as caught:
            way(value)
        assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("HTTPS://Hooks.Example.COM:443/A/b%2f?X=%7e#F", "https://hooks.example.com/A/b%2f?X=%7e#F"),
        ("http://hooks.example.com:80", "http://hooks.example.com"),
        ("https://hooks.example.com:80/", "https://hooks.example.com:80/"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/ü"),
        ("https://[2001:DB8::0:1]:443/x", "https://[2001:db8::1]/x"),
        ("https://u:P@hooks.example.com/", "https://u:P@hooks.example.com/"),
    ],
)
def test_normal_form(written: str, normal: str) -> None:
    url = SecretUrl.from_file([Piece(written)])
    assert url.reveal() == normal
    assert url == SecretUrl.from_account(written) == SecretUrl.from_account(normal)
    assert SecretUrl.from_file([Piece(normal)]).reveal() == normal


@pytest.mark.parametrize(
    "text",
    [
        "", "hooks.example.com", "ftp://a.example", "https://", "https:///x", "https://a b.example/",
        "https://a.example:0/", "https://a.example:99999/", "https://a.example:x/", "https://[::1/",
        "https://300.1.1.1/", "https://a..example/", "https://-a.example/", "https://a.example/\n",
        "https://a.example/\x1b[0m", "https://a.example/<b>", f"https://{'a' * 64}.example/",
    ],
)  # fmt: skip
def test_what_is_no_url_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(InvalidUrl) as caught:
        SecretUrl.from_file([Piece(f"{text}")])
    assert CANARY not in str(caught.value)


def test_a_changed_secret_is_shown_as_changed() -> None:
    before = SecretUrl.from_account("https://hooks.example.com/a?token=1&x=2")
    after = SecretUrl.from_account("https://hooks.example.com/a?token=9&x=2")
    assert after.changed_from(before) == "https://hooks.example.com/a?token=*** (value changed)&x=***"
    assert after.secret_differs(before)
    assert not after.secret_differs(after)


@given(st.sampled_from(PLACES), canaries, st.sampled_from(["raw", "quoted", "decoded", "url"]))
def test_a_server_can_not_bring_a_secret_into_a_message(place: str, canary: str, how: str) -> None:
    url = SecretUrl.from_account(place.format(canary))
    hidden = [value for value in url.hidden_values() if CANARY in value]
    assume(hidden)
    said = {
        "raw": hidden[-1],
        "quoted": quote(hidden[-1], safe=""),
        "decoded": unquote(hidden[-1]),
        "url": url.reveal(),
    }[how]
    text = clean(f"to_url: {said!r} is not allowed (see {said})", forms(url.hidden_values()))
    assert CANARY not in text
    assert CANARY not in unquote(text)
    assert "is not allowed" in text


def test_words_of_the_server_survive_the_cleaning() -> None:
    secrets = forms(SecretUrl.from_account("https://a.example/?t=1&u=is").hidden_values())
    assert clean("this name exists 1 time", secrets) == "this name exists *** time"
    assert clean("event_types: unknown value\x1b[31m\n", secrets) == "event_types: unknown value [31m "
