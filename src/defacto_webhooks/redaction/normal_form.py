"""The normal form of a URL, in which two are compared: what is no URL is told without quoting it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from defacto_webhooks.redaction.parts import match_url
from defacto_webhooks.redaction.secret import Secret

Span = tuple[int, int]  # from one offset up to another

# What nearly every URL looks like: already in normal form, so there is nothing to take apart.
_NORMAL = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*(?:[/?#][!#-;=?-\[\]-~]*)?")
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029\ud800-\udfff\\<>\"]")
_LONGEST: Final = 65_536  # httpx sends no longer one
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class InvalidUrl(ValueError):
    """A URL that can't be one; the message holds no part of it."""


def looks_normal(text: str) -> bool:
    """Whether `text` is most likely a URL in normal form; False says nothing."""
    return len(text) <= _LONGEST and _NORMAL.fullmatch(text) is not None


def is_url(text: str) -> bool:
    """Whether `text` is a URL, in normal form."""
    try:
        return looks_normal(text) or normalised(text) == text
    except InvalidUrl:
        return False


def normalised(text: str) -> str:
    """The normal form of an http(s) URL; raises InvalidUrl with a message that is safe to show."""
    if len(text) > _LONGEST:
        raise InvalidUrl(f"is longer than {_LONGEST:,} characters")
    if _FORBIDDEN.search(text):
        raise InvalidUrl("contains a space, a control character, a quote or a backslash")
    match = match_url(text)
    if match is None:
        raise InvalidUrl("is not a URL: it has no scheme, as in https://host/path")
    scheme, authority, path, query, fragment = match.groups(default="")
    scheme = scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        raise InvalidUrl("does not begin with https:// (or, for this machine, http://)")
    userinfo, at, host_port = authority.rpartition("@")
    port_match = re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]*)(?::(.*))?", host_port)
    if port_match is None:
        raise InvalidUrl("has an invalid host")
    host, port = _normal_host(port_match[1]), _normal_port(port_match[2] or "")
    if port is not None and port != _DEFAULT_PORTS[scheme]:
        host = f"{host}:{port}"
    return f"{scheme}://{userinfo}{at}{host}{path}{query}{fragment}"


def secret_spans(pieces: Sequence[str | Secret], text: str, normal: str) -> tuple[Span, ...]:
    """Where in `normal`, the normal form of `text`, the secret ones of its `pieces` are.

    A host that became longer or shorter is secret as a whole if a part of it is.
    """
    return tuple(_moved(_spans(pieces), text, normal) if text != normal else _spans(pieces))


def _spans(pieces: Sequence[str | Secret]) -> Iterator[Span]:
    end = 0
    for piece in pieces:
        start = end
        if isinstance(piece, str):
            end += len(piece)
        else:
            end += len(piece.reveal())
            if end > start:
                yield start, end


def _moved(spans: Iterator[Span], text: str, normal: str) -> Iterator[Span]:
    match = match_url(text)
    if match is None:
        return
    host, path = match.start(2) + match[2].rfind("@") + 1, match.end(2)  # where they begin
    longer = len(normal) - len(text)
    for start, end in spans:
        if longer and start < path and end > host:
            start, end = min(start, host), max(end, path)
        yield (start if start < path else start + longer), (end if end < path else end + longer)


def _normal_host(host: str) -> str:
    if not host:
        raise InvalidUrl("has no host")
    if host.startswith("["):
        try:
            address = IPv6Address(host[1:-1])
        except ValueError:
            address = None
        if address is None or address.scope_id:  # a zone means something on one machine only
            raise InvalidUrl("has an invalid IPv6 address")
        return f"[{address}]"
    if not host.isascii():
        import idna  # its tables take a while to load, and hardly any host needs them

        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except idna.IDNAError:
            raise InvalidUrl("has a host name that can't be written in punycode") from None
    host = host.lower()
    if _HOST.fullmatch(host) is None or len(host) > 253:
        raise InvalidUrl("has an invalid host")
    if re.fullmatch(r"[0-9.]+", host):
        try:
            IPv4Address(host)
        except ValueError:
            raise InvalidUrl("has an invalid IPv4 address") from None
    return host


def _normal_port(port: str) -> int | None:
    if not port:
        return None
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65536:
        raise InvalidUrl("has a port that is not a number from 1 to 65535")
    return int(port)
