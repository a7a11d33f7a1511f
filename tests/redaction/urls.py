"""URLs with a canary in every place where a secret can be, and every text that Python makes of a value."""

from __future__ import annotations

import traceback

from hypothesis import strategies as st

from defacto_webhooks.redaction import Secret, SecretUrl

CANARY = "C4naRy"
canaries = st.text("aZ9%-_~ü", min_size=1, max_size=6).map(lambda text: CANARY + text.replace("%", "%2F"))
# Where a secret can be in a URL of the account's, with what is around it.
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


def from_file(*pieces: str | Secret) -> SecretUrl:
    return SecretUrl.from_file(pieces)


def all_texts(value: object) -> str:
    """What Python makes of `value` where somebody prints it, in whatever way."""
    texts = [str(value), repr(value), f"{value}", f"{value!r:>5}", f"{value} {value!r}", ascii(value)]
    try:
        raise ValueError(value)
    except ValueError:
        texts.append(traceback.format_exc())
    return "\n".join(texts)
