"""The normal form of a URL, in which two are compared: what is no URL is told without quoting it."""

from __future__ import annotations

import re
from typing import Final

URL: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)
# What nearly every URL looks like: already in normal form, so there is nothing to take apart.
_NORMAL = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*(?:[/?#][!#-;=?-\[\]-~]*)?")
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029\\<>\"]")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class InvalidUrl(ValueError):
    """A URL that can't be one; the message holds no part of it but its scheme, host or port."""


def is_normal(text: str) -> bool:
    """Whether `text` certainly is in normal form; False says nothing."""
    return _NORMAL.fullmatch(text) is not None


def normalised(text: str) -> str:
    """The normal form of an http(s) URL; raises InvalidUrl with a message that is safe to show."""
    if _FORBIDDEN.search(text):
        raise InvalidUrl("has a space, a control character, a quote or a backslash in it")
    match = URL.fullmatch(text)
    if match is None:
        raise InvalidUrl("is not a URL: it has no scheme, as in https://host/path")
    scheme, authority, path, query, fragment = match.groups(default="")
    scheme = scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        raise InvalidUrl("does not begin with https:// (or, on loopback, http://)")
    userinfo, at, host_port = authority.rpartition("@")
    port_match = re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]*)(?::(.*))?", host_port)
    if port_match is None:
        raise InvalidUrl("has a host that is not valid")
    host, port = _normal_host(port_match[1]), _normal_port(port_match[2] or "")
    if port is not None and port != _DEFAULT_PORTS[scheme]:
        host = f"{host}:{port}"
    return f"{scheme}://{userinfo}{at}{host}{path}{query}{fragment}"


def split_authority(authority: str) -> tuple[str | None, str, str]:
    """userinfo (None: there is none), host (an IPv6 address in brackets), port ("": none)."""
    userinfo, at, host_port = authority.rpartition("@")
    match = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::([0-9]*))?", host_port)
    host, port = (match[1], match[2] or "") if match else (host_port, "")
    return (userinfo if at else None), host, port


def _normal_host(host: str) -> str:
    if not host:
        raise InvalidUrl("has no host")
    if host.startswith("["):
        from ipaddress import IPv6Address

        try:
            return f"[{IPv6Address(host[1:-1])}]"
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
        from ipaddress import IPv4Address

        try:
            IPv4Address(host)
        except ValueError:
            raise InvalidUrl("has an IPv4 address that is not valid") from None
    return host


def _normal_port(port: str) -> int | None:
    if not port:
        return None
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65536:
        raise InvalidUrl("has a port that is not a number from 1 to 65535")
    return int(port)
