"""What looks like a secret, though nobody said that it is one."""

from __future__ import annotations

import re
from typing import Final

from defacto_webhooks.redaction.parts import SLACK_KINDS, Part, host_of, is_slack, parts_of
from defacto_webhooks.redaction.secret import MASK

_MAX_QUOTED: Final = 40
_MARK_OF_A_URL: Final = re.compile(r"[/?=@%#&;\\]")
_LIKE_A_URL: Final = re.compile(
    r"""//.                              # a URL, with or without its scheme
      | \?[^=]*=                         # a query
      | [^=&\s]=[^=\s]{4}                # a part of one
      | .@.                              # userinfo
      | [\w-]\.[a-z]{2,}\.?(?::\d+)?/.   # a host and its path
    """,
    re.VERBOSE | re.IGNORECASE,
)
UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TOKEN: Final = re.compile(
    r"""(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{10,}   # too mixed for a word
      | [A-Za-z0-9]{25,}                                       # too long for one
      | (?=[\w+=-]{16,})(?=[\w+=-]*[A-Za-z])(?:[A-Za-z_+=-]{0,3}[0-9]){6,}  # many digits
    """,
    re.VERBOSE | re.ASCII,
)
_TELLING_KEY: Final = re.compile("token|key|secret|sig|auth|pass", re.IGNORECASE)
_LONG: Final = 24  # characters; a word is shorter


def looks_like_a_token(text: str) -> bool:
    """Whether something in `text` is too random to be a word. A UUID is no token: it only identifies."""
    return _TOKEN.search(UUID.sub("", text)) is not None


def looks_like_a_url(word: str) -> bool:
    """Whether `word` looks like a URL, or a part of one."""
    return _LIKE_A_URL.search(word) is not None


def quotable(text: str) -> str:
    """`text`, cut where it is long; `***` where it looks like a part of a URL, a token or a password.

    For what is where a name should be: a misspelt field, an event type that does not exist.
    """
    if _MARK_OF_A_URL.search(text) or looks_like_a_token(text):
        return MASK
    return text if len(text) <= _MAX_QUOTED else text[: _MAX_QUOTED - 1] + "…"


def writes_a_secret(url: str) -> bool:
    """Whether a secret seems to be in `url`, which is what the file itself writes of a URL."""
    text = url if "://" in url else f"https://{url}"
    key = ""
    for part in parts_of(text):
        said = text[part.start : part.end]
        key = said if part.kind == "key" else key
        if _is_suspect(part, said, key) or (part.kind == "path" and _is_slack_secret(text, part)):
            return True
    return False


def _is_suspect(part: Part, said: str, key: str) -> bool:
    match part.kind:
        case "userinfo":
            user, colon, password = said.partition(":")
            return bool(password) or bool(user and not colon)  # a user name alone is not a secret
        case "value":
            is_telling = _TELLING_KEY.search(key) is not None and len(said) >= 4
            return is_telling or len(said) >= _LONG or looks_like_a_token(said)
        case "bare" | "fragment":
            return len(said) >= _LONG or looks_like_a_token(said)
        case _:
            return False


def _is_slack_secret(text: str, part: Part) -> bool:
    """Incoming webhooks are left out: they are an error of their own."""
    is_last = text[part.end : part.end + 1] != "/"
    if not is_slack(host_of(text)) or part.position < 2 or part.start == part.end or not is_last:
        return False
    return text.split("/", 4)[3] in SLACK_KINDS - {"services"}
