"""What went wrong at a proxy, told from what went wrong behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import httpx

from defacto_webhooks.errors import system_words
from defacto_webhooks.transport.certificates import why_not_trusted
from defacto_webhooks.transport.proxies import OTHERWISE, Proxy

_AUTHENTICATION_REQUIRED: Final = 407  # which a proxy answers, and nobody else


class ProxyFailed(httpx.ProxyError):
    """Nothing reached the server, because of the proxy. Neither text holds anything that the proxy said."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Progress:
    """How far a request got on its way through a proxy. What httpcore calls its `trace` extension."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._is_behind = False  # the proxy: TLS with the server has begun
        self._is_out = False  # to the server, or in plain text to the proxy that passes it on

    async def note(self, event: str, info: Mapping[str, Any]) -> None:
        if event.endswith("start_tls.started"):
            self._is_behind = not event.startswith("connection.")
        elif event.endswith("send_request_headers.started"):
            self._is_out = self._is_out or info["request"].method != b"CONNECT"

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
        return ProxyFailed(what, f"check {self._proxy.variable}; {OTHERWISE}")

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
            f"check that it allows connections from this machine. {OTHERWISE[0].upper()}{OTHERWISE[1:]}",
        )
