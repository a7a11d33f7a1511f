"""Which proxy a request goes through, as curl and Go understand the environment."""

from __future__ import annotations

import os
import ssl
from ipaddress import ip_address, ip_network
from typing import Final, NamedTuple

import httpx

from defacto_webhooks.errors import UserError
from defacto_webhooks.hosts import is_loopback
from defacto_webhooks.redaction import Secret

_PORTS: Final = {"http": 80, "https": 443}
_SCHEMES: Final = frozenset({"http", "https", "socks5", "socks5h"})
OTHERWISE: Final = "hosts named in NO_PROXY are called without a proxy"


class Proxy(NamedTuple):
    """`variable` says where it is; the URL may have a password in it."""

    variable: str
    url: Secret

    @property
    def speaks_tls(self) -> bool:
        return self.url.reveal().startswith("https:")

    def opened(self, context: ssl.SSLContext) -> httpx.Proxy:
        """For httpx. `context` is for the connection to the proxy itself, where that has TLS."""
        return httpx.Proxy(self.url.reveal(), ssl_context=context if self.speaks_tls else None)


def proxy_for(url: httpx.URL) -> Proxy | None:
    """The proxy for requests to `url`; None: they go straight there, as to this machine always.

    Raises UserError, which names the variable and shows nothing of its value.
    """
    host, port = url.raw_host.decode("ascii"), url.port or _PORTS.get(url.scheme)
    if is_loopback(host) or _is_excepted(host, port, os.environ.get(_first("no_proxy"), "")):
        return None
    variable = _first(f"{url.scheme}_proxy") or _first("all_proxy")
    if not variable:
        return None
    proxy = _read(variable)
    if proxy is None:
        raise UserError(
            f"the variable {variable} is not the URL of a proxy",
            "it looks like http://proxy.example.com:3128; write `/`, `?`, `#` and `@` in a password as"
            " %2F, %3F, %23 and %40",
        )
    if proxy.url.reveal().partition(":")[0] not in _SCHEMES:
        raise UserError(
            f"the variable {variable} names a kind of proxy that is not supported",
            f"http://, https:// and socks5:// are; {OTHERWISE}",
        )
    return proxy


def _first(name: str) -> str:
    """The name of the variable that counts; an empty one in lower case switches the other off."""
    variable = next((each for each in (name, name.upper()) if each in os.environ), "")
    return variable if os.environ.get(variable, "").strip() else ""


def _read(variable: str) -> Proxy | None:
    """None where it is not the URL of a proxy: a host, and nothing after it."""
    text = os.environ[variable].strip()
    try:
        url = httpx.URL(text if "://" in text else f"http://{text}")
    except (httpx.InvalidURL, ValueError):
        return None
    is_whole = url.host and url.raw_path in (b"/", b"") and not url.fragment and "?" not in text
    has_port = url.port is None or 0 < url.port < 65_536
    return Proxy(variable, Secret(str(url))) if is_whole and has_port else None


def _is_excepted(host: str, port: int | None, exceptions: str) -> bool:
    """Whether NO_PROXY lists it: `*`, a host with those below it, an address, a network; each with a port."""
    host = host.strip("[]").lower().rstrip(".")
    return any(_matches(host, port, one.lower()) for one in exceptions.replace(",", " ").split())


def _matches(host: str, port: int | None, listed: str) -> bool:
    if listed == "*":
        return True
    if "/" in listed:
        return _is_in(host, listed)
    name, colon, of_port = listed.rpartition(":")
    if colon and of_port.isdecimal() and (name.endswith("]") or ":" not in name):
        if int(of_port) != port:
            return False
        listed = name
    name = listed.strip("[]").rstrip(".")
    if _is_in(host, name):
        return True
    name = name.removeprefix("*").lstrip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _is_in(host: str, network: str) -> bool:
    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False
