"""A server's text can't bring a secret into a message, whichever way it encodes what it quotes."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterable
from urllib.parse import quote, quote_plus, unquote

import pytest

from defacto_webhooks.api.untrusted_text import Cleaner
from defacto_webhooks.redaction import SecretUrl
from tests.redaction.urls import PLACES


def clean(text: str, secrets: Iterable[str]) -> str:
    cleaner = Cleaner()
    cleaner.learn(secrets)
    return cleaner.clean(text)


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
