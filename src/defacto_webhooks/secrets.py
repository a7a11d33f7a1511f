"""Values that redact themselves: an API key, and the URL that a subscription calls.

Defacto can't send a header of ours with a callback, so the credential stands in the URL's query
(https://docs.getdefacto.com). A `to_url` is a secret therefore, and this module is the only place
that knows which parts of it may be shown. Rendered text is never searched and replaced.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MASK: Final = "***"

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)
# What nearly every URL looks like: already in normal form, so there is nothing to take apart.
_NORMAL = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*(?:[/?#][!-~]*)?")
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029\\<>\"]")
_SHOWN_QUERY_KEY = re.compile(r"[A-Za-z_]{1,20}")
_SHOWN_ACCOUNT_SEGMENT = re.compile(r"v[0-9]+|[a-z_-]{1,24}")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_SLACK_HOSTS: Final = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
_SLACK_KINDS: Final = frozenset({"services", "triggers", "workflows"})


def keyed_fingerprint(key: Secret, text: str) -> str:
    """A digest of `text` that tells nothing about it to someone without `key` (HMAC-SHA256, hex)."""
    return hmac.new(key.reveal().encode(), text.encode(), hashlib.sha256).hexdigest()


class Secret:
    """A string that can't be printed by accident; `reveal()` is the only way to it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret can't be pickled or copied out")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text from the file; `secret` where it came from the process environment or an env file."""

    text: str
    secret: bool = False

    def __repr__(self) -> str:
        return f"Piece({MASK if self.secret else self.text!r})"


class InvalidUrl(ValueError):
    """A URL that can't be one; the message holds no part of it but its scheme, host or port."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One stretch of a URL. Parts of two URLs with the same `label` correspond to each other."""

    label: tuple[str, str, int]
    raw: str
    shown: bool


class SecretUrl:
    """A callback URL in normal form: compared whole, shown redacted.

    Normal form: lower-case scheme and host, punycode, no default port; the rest byte for byte.
    Shown are scheme, host, port, harmless path segments and query keys; the rest is `***`.
    """

    __slots__ = ("_account", "_literal", "_value")

    def __init__(self, value: str, literal: frozenset[str], *, account: bool) -> None:
        self._value = value
        self._literal = literal
        self._account = account

    @classmethod
    def from_file(cls, pieces: Sequence[Piece]) -> SecretUrl:
        """From a `to_url` of the file; a path segment that a secret takes part in stays hidden.

        Raises InvalidUrl.
        """
        value = _normalised("".join(piece.text for piece in pieces))
        return cls(value, frozenset(_literal_segments(pieces)), account=False)

    @classmethod
    def from_account(cls, text: str) -> SecretUrl:
        """From what the API answered: anything goes, and what is not known to be harmless is hidden."""
        if _NORMAL.fullmatch(text) is None:
            # Somebody stored what is no URL: it is compared as it is and shown as ***.
            with contextlib.suppress(InvalidUrl):
                text = _normalised(text)
        return cls(text, frozenset(), account=True)

    def knowing(self, written: SecretUrl) -> SecretUrl:
        """The same URL, showing also the path segments that the file writes literally in `written`."""
        return SecretUrl(self._value, self._literal | written._literal, account=self._account)

    def reveal(self) -> str:
        return self._value

    @property
    def scheme(self) -> str:
        return self._value.partition("://")[0]

    @property
    def host(self) -> str:
        """Without port, brackets or userinfo; empty where the account holds something that is no URL."""
        match = _URL.fullmatch(self._value)
        if match is None:
            return ""
        return _split_authority(match[2])[1].strip("[]")

    @property
    def slack_kind(self) -> str:
        """For a URL of Slack's: services, triggers, workflows or "other"; empty for all others."""
        if self.host not in _SLACK_HOSTS:
            return ""
        kind = self._value.split("/", 4)[3:4]
        return kind[0] if kind and kind[0] in _SLACK_KINDS else "other"

    def _parts(self) -> Iterable[_Part]:
        match = _URL.fullmatch(self._value)
        if match is None or _FORBIDDEN.search(self._value):
            yield _Part(("all", "", 0), self._value, shown=False)
            return
        scheme, authority, path, query, fragment = match.groups(default="")
        userinfo, host, port = _split_authority(authority)
        yield _Part(("scheme", "", 0), f"{scheme}://", shown=True)
        if userinfo is not None:
            yield _Part(("userinfo", "", 0), userinfo, shown=False)
            yield _Part(("@", "", 0), "@", shown=True)
        yield _Part(("host", "", 0), f"{host}:{port}" if port else host, shown=True)
        slack = host in _SLACK_HOSTS
        for index, segment in enumerate(path.split("/")):
            if index:
                yield _Part(("/", "", index), "/", shown=True)
            if segment:
                shown = (index == 1 and segment in _SLACK_KINDS) if slack else self._shows_segment(segment)
                yield _Part(("path", "", index), segment, shown=shown)
        if query:
            yield _Part(("?", "", 0), "?", shown=True)
            yield from _query_parts(query[1:])
        if fragment:
            yield _Part(("#", "", 0), "#", shown=True)
            yield _Part(("fragment", "", 0), fragment[1:], shown=False)

    def _shows_segment(self, segment: str) -> bool:
        if segment in self._literal:
            return True
        return self._account and _SHOWN_ACCOUNT_SEGMENT.fullmatch(segment) is not None

    def __str__(self) -> str:
        return "".join(part.raw if part.shown else MASK for part in self._parts())

    def changed_from(self, before: SecretUrl) -> str:
        """Redacted, with `(value changed)` behind each hidden part that differs from that of `before`."""
        old = {part.label: part.raw for part in before._parts()}

        def shown(part: _Part) -> str:
            if part.shown:
                return part.raw
            return MASK if old.get(part.label, part.raw) == part.raw else f"{MASK} (value changed)"

        return "".join(map(shown, self._parts()))

    def hidden_values(self) -> Iterable[str]:
        """The whole URL and each part that is never shown: what must be cut out of foreign text."""
        yield self._value
        yield from (part.raw for part in self._parts() if part.raw and not part.shown)

    def secret_differs(self, before: SecretUrl) -> bool:
        """Whether a hidden part differs from that of `before`."""
        hidden = {part.label: part.raw for part in self._parts() if not part.shown}
        return hidden != {part.label: part.raw for part in before._parts() if not part.shown}

    def __repr__(self) -> str:
        return f"SecretUrl({self})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SecretUrl):
            return NotImplemented
        return self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a SecretUrl can't be pickled or copied out")


def _query_parts(query: str) -> Iterable[_Part]:
    for index, pair in enumerate(query.split("&")):
        if index:
            yield _Part(("&", "", index), "&", shown=True)
        key, equals, value = pair.partition("=")
        if not equals:
            if pair:
                yield _Part(("bare", "", index), pair, shown=False)
            continue
        key_shown = _SHOWN_QUERY_KEY.fullmatch(key) is not None
        yield _Part(("key", "", index), key, shown=key_shown)
        yield _Part(("=", "", index), "=", shown=True)
        yield _Part(("value", key if key_shown else "", index), value, shown=False)


def _split_authority(authority: str) -> tuple[str | None, str, str]:
    """userinfo (None: there is none), host (an IPv6 address in brackets), port ("": none)."""
    userinfo, at, host_port = authority.rpartition("@")
    match = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::([0-9]*))?", host_port)
    host, port = (match[1], match[2] or "") if match else (host_port, "")
    return (userinfo if at else None), host, port


def _normalised(text: str) -> str:
    """The normal form of an http(s) URL; raises InvalidUrl with a message that is safe to show."""
    if _FORBIDDEN.search(text):
        raise InvalidUrl("has a space, a control character, a quote or a backslash in it")
    match = _URL.fullmatch(text)
    if match is None:
        raise InvalidUrl("is not a URL: it has no scheme, as in https://host/path")
    scheme, authority, path, query, fragment = match.groups(default="")
    scheme = scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        raise InvalidUrl(f"has the scheme {scheme[:20]!r}; Defacto calls https:// (or http:// on loopback)")
    userinfo, at, host_port = authority.rpartition("@")
    port_match = re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]*)(?::(.*))?", host_port)
    if port_match is None:
        raise InvalidUrl("has a host that is not valid")
    host, port = _normal_host(port_match[1]), _normal_port(port_match[2] or "")
    if port is not None and port != _DEFAULT_PORTS[scheme]:
        host = f"{host}:{port}"
    return f"{scheme}://{userinfo}{at}{host}{path}{query}{fragment}"


def _normal_host(host: str) -> str:
    if not host:
        raise InvalidUrl("has no host")
    if host.startswith("["):
        try:
            return f"[{ipaddress.IPv6Address(host[1:-1])}]"
        except ValueError:
            raise InvalidUrl("has an IPv6 address that is not valid") from None
    if not host.isascii():
        import idna

        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except idna.IDNAError:
            raise InvalidUrl("has a host name that can't be written in punycode") from None
    host = host.lower()
    if _HOST.fullmatch(host) is None or len(host) > 253:
        raise InvalidUrl("has a host that is not valid")
    if re.fullmatch(r"[0-9.]+", host):
        try:
            ipaddress.IPv4Address(host)
        except ValueError:
            raise InvalidUrl("has an IPv4 address that is not valid") from None
    return host


def _normal_port(port: str) -> int | None:
    if not port:
        return None
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65536:
        raise InvalidUrl("has a port that is not a number from 1 to 65535")
    return int(port)


def _literal_segments(pieces: Sequence[Piece]) -> Iterable[str]:
    """The path segments that no secret piece takes part in."""
    text = "".join(piece.text for piece in pieces)
    match = _URL.fullmatch(text)
    if match is None:
        return
    secret_at: set[int] = set()
    offset = 0
    for piece in pieces:
        if piece.secret:
            secret_at.update(range(offset, offset + len(piece.text)))
        offset += len(piece.text)
    offset = match.start(3)
    for segment in match[3].split("/"):
        if secret_at.isdisjoint(range(offset, offset + len(segment))):
            yield segment
        offset += len(segment) + 1
