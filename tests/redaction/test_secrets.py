"""No part of a URL that may be secret is in any text that Python makes of it."""

from __future__ import annotations

import copy
import html
import json
import pickle
import re
import traceback
from collections.abc import Callable, Iterable
from urllib.parse import quote, quote_plus, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from defacto_webhooks.api.untrusted_text import Cleaner
from defacto_webhooks.redaction import InvalidUrl, Piece, Secret, SecretUrl, redacted
from defacto_webhooks.subscription import RemoteSubscription, Subscription

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
    "https://user:{}/@hooks.example.com/",  # a slash ends the host: this is no URL
    "https://hooks.example.com:{}/defacto",
    "https://hooks.slack.com:8443/services/{}",
    "https://HOOKS.slack.COM./services/T0/B0/{}",
    "https://hooks.slack-gov.com/workflows/{}",
    "HTTPS://[2001:db8::1]:8443/x;{}",
    "https://hooks.example.com//{}//",
    "https://hooks.example.com/?a=1;token={}",
    "https://hooks.example.com/?a=1=2={}",
    "https://hooks.example.com/?&&={}",
    "https://hooks.example.com/x#a?b={}",
    "https:hooks.example.com/{}",
    "https://a@b@{}@hooks.example.com/",
)


def clean(text: str, secrets: Iterable[str]) -> str:
    cleaner = Cleaner()
    cleaner.learn(secrets)
    return cleaner.clean(text)


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


def from_file(*pieces: str | Piece) -> SecretUrl:
    return SecretUrl.from_file([piece if isinstance(piece, Piece) else Piece(piece) for piece in pieces])


def hidden(text: str) -> Piece:
    return Piece(text, secret=True)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        # What came from a variable is hidden, whatever it looks like and wherever else it stands.
        (from_file("https://h.example/a/", hidden("a"), "/b"), "https://h.example/a/***/b"),
        (from_file("https://h.example/", hidden("a/b"), "c/d"), "https://h.example/***/***/d"),
        (from_file("https://h.example/x?", hidden("key"), "=1"), "https://h.example/x?***=***"),
        (from_file("https://h.example/x?to", hidden("ken"), "=1"), "https://h.example/x?***=***"),
        (from_file("https://h.example/x?", hidden("key=1&other=2&b")), "https://h.example/x?***=***&***=***&***"),
        (from_file("https://hooks.slack.com/", hidden("services"), "/T"), "https://hooks.slack.com/***/***"),
        # Scheme, host and port never are a secret; what else such a variable brings is.
        (from_file(hidden("HTTPS://u:p@H.example:8443/a?b=c#d")), "https://***@h.example:8443/***?***=***#***"),
        (from_file("https://", hidden("h.example"), "/a"), "https://h.example/a"),
        (from_file("https://", hidden("u:p@[2001:DB8::1]:1")), "https://***@[2001:db8::1]:1"),
        # Of what the file writes, the path is shown, and the query keys that look like ones.
        (from_file("https://h.example/Xy9%2F;p=1//"), "https://h.example/Xy9%2F;p=1//"),
        (from_file("https://h.example?a=1&b&c[]=2&" + "d" * 21 + "=3"), "https://h.example?a=***&***&***=***&***=***"),
        (from_file("https://hooks.slack.com./services/T"), "https://hooks.slack.com./services/***"),
        (SecretUrl.from_account("https://h.example/v1/a_b-c/Ab/" + "d" * 25), "https://h.example/v1/a_b-c/***/***"),
        (SecretUrl.from_account("ftp://h.example/a"), "***"),
        (SecretUrl.from_account("https://u:p/@h.example"), "***"),
    ],
)  # fmt: skip
def test_exactly_what_may_be_shown_is(url: SecretUrl, shown: str) -> None:
    assert str(url) == shown


def test_the_account_shows_what_the_file_writes_and_hides_what_it_keeps_in_variables() -> None:
    written = from_file("https://h.example/Inv1/", hidden("swordfish"), "/v1?", hidden("opensesame"), "=1")
    stored = SecretUrl.from_account("https://h.example/Inv1/swordfish/Zz9?opensesame=2&swordfish")
    assert "swordfish" in str(stored)  # a word like any other, to who does not know the file
    assert str(stored.knowing(written)) == "https://h.example/Inv1/***/***?***=***&***"
    # A segment that the file also writes literally, elsewhere, does not show the hidden one.
    twice = from_file("https://h.example/Same1/", hidden("Same1"))
    assert str(SecretUrl.from_account(twice.reveal()).knowing(twice)) == "https://h.example/Same1/***"
    slack = from_file("https://hooks.slack.com/services/T0AAA")
    assert (
        str(SecretUrl.from_account(slack.reveal()).knowing(slack)) == "https://hooks.slack.com/services/***"
    )


_url_texts = st.text("aZ09:/?#[]@!$&'()*+,;=-._~% \\\"<>ü{}\x00", max_size=12)


@given(
    st.sampled_from(["https://", "HTTP://", "//", "", "https://h.example/", "https://h.example?"]),
    st.lists(_url_texts),
)
def test_of_a_random_url_no_value_is_shown(start: str, texts: list[str]) -> None:
    """An oracle of its own: what stands behind `?`, `#` or in front of `@` is never in what is shown."""
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


def json_escaped(text: str) -> str:
    return json.dumps(text)[1:-1].replace("/", "\\/")


ENCODINGS: dict[str, Callable[[str], str]] = {
    "raw": lambda text: text,
    "quoted": lambda text: quote(text, safe=""),
    "quoted twice": lambda text: quote(quote(text, safe=""), safe=""),
    "as a form": quote_plus,
    "decoded": unquote,
    "JSON": json_escaped,
    "JSON in JSON": lambda text: json_escaped(json_escaped(text)),
    "HTML": lambda text: html.escape(text).replace("/", "&#x2F;"),
    "a number each": lambda text: "".join(f"&#{ord(c)};" for c in text),
    "percent, all of it": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "upper": str.upper,
    "in front": lambda text: text[: len(text) // 2 + 4],
    "behind": lambda text: text[len(text) // 2 - 4 :],
    "split": lambda text: f"{text[: len(text) // 2]}\n{text[len(text) // 2 :]}",
}  # fmt: skip
AROUND = (
    "to_url: '{}' is not allowed (see {})",
    '{{"to_url":"{}","x":"{}"}} is not allowed',
    "<a href={}>{}</a> is not allowed",
)
SECRET = "C4naRy-5wordf1sh_Zq"


def pieces_in(text: str, secret: str = SECRET) -> list[str]:
    """The pieces of `secret`, six characters long, that `text` holds in any reading."""
    texts = {text.casefold()}
    for _ in range(3):
        texts |= {html.unescape(unquote(known)).replace("\\", "") for known in texts}
    folded = secret.casefold()
    return [
        folded[at : at + 6] for at in range(len(folded) - 5) if any(folded[at : at + 6] in t for t in texts)
    ]


def stored(place: str) -> SecretUrl:
    return SecretUrl.from_account(place.format(SECRET))


@pytest.mark.parametrize("how", ENCODINGS)
@pytest.mark.parametrize("place", [place for place in PLACES if SECRET not in str(stored(place))])
def test_a_server_can_not_bring_a_secret_into_a_message(place: str, how: str) -> None:
    url = stored(place)
    secret = next(value for value in url.hidden_values() if SECRET in value)
    encode = ENCODINGS[how]
    for said in {encode(secret), encode(url.reveal())}:
        for around in AROUND:
            quoted = around.format(said, said)
            text = clean(quoted, url.hidden_values())
            assert not pieces_in(text), text
            assert "is not allowed" in text
            if how not in {"split", "behind"} and any(
                mark in said for mark in ("://", "%3A%2F%2F", "token=")
            ):
                assert not pieces_in(clean(quoted, ())), quoted  # a URL is seen where nobody knows of it


def test_words_of_the_server_survive_the_cleaning() -> None:
    secrets = list(SecretUrl.from_account("https://a.example/?t=1&u=is").hidden_values())
    assert clean("this name exists 1 time", secrets) == "this name exists *** time"
    assert clean("event_types: unknown value\x1b[31m\n", secrets) == "event_types: unknown value [31m "
    known = ["5wordf1sh and more"]
    said = "request a18d5057-0092-4555-b865-7ade03c3ac9b: 'name' must be application/json, not 12; e.g. [x]"
    assert clean(said, known) == said
    assert clean("it is 5wordf1sh and more, or and mor", known) == "it is *** *** ***, or *** ***"


def test_of_a_slack_url_only_the_kind_is_shown() -> None:
    assert str(from_file("https://hooks.slack.com/T0AAA/services")) == "https://hooks.slack.com/***/***"


def test_of_a_written_url_a_host_that_is_none_is_not_shown() -> None:
    shown = "".join(part.text for part in redacted([("https://s3cret:s3cret/x", None)]))
    assert shown == "https://***/x"
