"""A URL taken apart: where each part is, by offsets alone, so that a part in a log gives nothing away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

Kind = Literal[
    "scheme",  # with its `://`
    "userinfo",
    "host",  # a label of it; an IPv6 address is one
    "port",
    "path",  # a segment of it
    "key",  # of the query
    "value",
    "bare",  # a part of the query without a `=`
    "fragment",
    "mark",  # what separates the others
    "unknown",  # no URL, or a host that can't be one
]
Label = tuple[Kind, int]
REFERENCE: Final = "\ue000"  # each character of a reference to a variable, where a URL still has some
SLACK_KINDS: Final = frozenset({"services", "triggers", "workflows"})

_URL: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)
_HOST_AND_PORT: Final = re.compile(rf"(\[[0-9A-Fa-f:.]+\]|[\w.{REFERENCE}-]*)(?::([0-9{REFERENCE}]*))?")
_SLACK_HOSTS: Final = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})


class Part(NamedTuple):
    """`text[start:end]` of a URL. It corresponds to the part of another URL that has the same label."""

    kind: Kind
    position: int
    start: int
    end: int

    @property
    def label(self) -> Label:
        return self.kind, self.position


def match_url(text: str) -> re.Match[str] | None:
    """Scheme, authority, path, query with its `?` and fragment with its `#`; None: it is no URL."""
    return _URL.fullmatch(text)


def is_slack(host: str) -> bool:
    return host.rstrip(".").lower() in _SLACK_HOSTS


def host_of(text: str) -> str:
    """Without port, brackets or userinfo; empty where `text` is no URL."""
    match = match_url(text)
    host = _HOST_AND_PORT.fullmatch(match[2].rpartition("@")[2]) if match else None
    return host[1].strip("[]") if host else ""


def parts_of(text: str) -> Iterator[Part]:
    """All of `text`, in order and without gaps."""
    match = match_url(text)
    if match is None:
        yield Part("unknown", 0, 0, len(text))
        return
    yield Part("scheme", 0, 0, match.start(2))
    yield from _authority(match[2], match.start(2))
    yield from _joined("path", "/", match[3], match.start(3))
    if match[4] is not None:
        yield Part("mark", 0, match.start(4), match.start(4) + 1)
        yield from _query(match[4][1:], match.start(4) + 1)
    if match[5] is not None:
        yield Part("mark", 0, match.start(5), match.start(5) + 1)
        yield Part("fragment", 0, match.start(5) + 1, match.end(5))


def _authority(text: str, start: int) -> Iterator[Part]:
    userinfo, at, host_and_port = text.rpartition("@")
    if at:
        yield Part("userinfo", 0, start, start + len(userinfo))
        start += len(userinfo) + 1
        yield Part("mark", 0, start - 1, start)
    match = _HOST_AND_PORT.fullmatch(host_and_port)
    if match is None:
        yield Part("unknown", 0, start, start + len(host_and_port))
        return
    yield from _joined("host", "." if match[1][:1] != "[" else " ", match[1], start)
    if match[2] is not None:
        yield Part("mark", 0, start + match.end(1), start + match.start(2))
        yield Part("port", 0, start + match.start(2), start + match.end())


def _query(text: str, start: int) -> Iterator[Part]:
    for pair in _joined("bare", "&", text, start):
        equals = text.find("=", pair.start - start, pair.end - start) + start
        if pair.kind == "mark" or equals < start:
            yield pair
            continue
        yield Part("key", pair.position, pair.start, equals)
        yield Part("mark", 0, equals, equals + 1)
        yield Part("value", pair.position, equals + 1, pair.end)


def _joined(kind: Kind, mark: str, text: str, start: int) -> Iterator[Part]:
    """What `mark` separates."""
    for index, item in enumerate(text.split(mark)):
        if index:
            yield Part("mark", 0, start, start + 1)
            start += 1
        yield Part(kind, index, start, start + len(item))
        start += len(item)
