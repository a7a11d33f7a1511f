"""Which proxy a request goes through, as curl and Go understand the environment; what went wrong at it."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import Any, Final, NamedTuple

import httpx

from defacto_webhooks.errors import UserError, system_words
from defacto_webhooks.hosts import is_loopback
from defacto_webhooks.redaction import Secret
from defacto_webhooks.transport.certificates import why_not_trusted

_PORTS: Final = {"http": 80, "https": 443}
_SCHEMES: Final = frozenset({"http", "https", "socks5", "socks5h"})
_AUTHENTICATION_REQUIRED: Final = 407  # which a proxy answers, and nobody else
_OTHERWISE: Final = "hosts named in NO_PROXY are called without a proxy"


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


class ProxyFailed(httpx.ProxyError):
    """Nothing reached the server, because of the proxy. Neither text holds anything that the proxy said."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


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
            f"http://, https:// and socks5:// are; {_OTHERWISE}",
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


class Progress:
    """How far a request got on its way through a proxy. What httpcore calls its `trace` extension."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._is_behind = False  # the proxy: TLS with the server has begun
        self._is_out = False  # to the server, or in plain text to the proxy that passes it on

    def note(self, event: str, info: Mapping[str, Any]) -> None:
        if event.endswith("start_tls.started"):
            self._is_behind = not event.startswith("connection.")
        elif event.endswith("send_request_headers.started"):
            self._is_out = self._is_out or info["request"].method != b"CONNECT"

    async def note_async(self, event: str, info: Mapping[str, Any]) -> None:
        self.note(event, info)

    def failed(self, error: Exception) -> ProxyFailed | None:
        """`error` as the proxy's; None where it is not."""
        if self._is_out:
            return None
        name = f"the proxy of {self._proxy.variable}"
        if why := why_not_trusted(error):
            if self._is_behind:
                return None
            return ProxyFailed(
                f"the TLS certificate of {name} is not valid: {why}",
                "set SSL_CERT_FILE to its certificate authority",
            )
        status = str(error)[:3]
        if isinstance(error, httpx.ProxyError) and status.isdecimal():
            return self._refused(int(status))
        if isinstance(error, httpx.TimeoutException):
            what = f"{name} does not answer"
        elif not self._is_behind and isinstance(error, httpx.ConnectError):
            what = f"can't reach {name}: {system_words(error) or 'no connection'}"
        else:
            what = f"{name} failed to connect: it closed the connection, or is not a proxy"
        return ProxyFailed(what, f"check {self._proxy.variable}; {_OTHERWISE}")

    def refused_by(self, request: httpx.Request, response: httpx.Response) -> ProxyFailed | None:
        """An answer as the proxy's; None where it is the server's, or may be."""
        if request.url.scheme == "http" and response.status_code == _AUTHENTICATION_REQUIRED:
            return self._refused(response.status_code)
        return None

    def _refused(self, status: int) -> ProxyFailed:
        variable = self._proxy.variable
        if status == _AUTHENTICATION_REQUIRED:
            return ProxyFailed(
                f"the proxy of {variable} rejected the user name and password (407)",
                f"set them in {variable}: http://USER:PASSWORD@HOST:PORT",
            )
        return ProxyFailed(
            f"the proxy of {variable} refused to connect us ({status})",
            f"check that it allows connections from this machine. {_OTHERWISE[0].upper()}{_OTHERWISE[1:]}",
        )
