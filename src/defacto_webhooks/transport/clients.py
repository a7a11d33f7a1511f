"""The clients. Through which proxy a request goes, if through any, is decided for each one anew."""

from __future__ import annotations

import ssl
from collections.abc import Generator, Mapping
from typing import Final

import httpx

from defacto_webhooks.errors import UserError
from defacto_webhooks.redaction import Secret, SecretUrl
from defacto_webhooks.redaction.logs import redact_logs
from defacto_webhooks.transport.certificates import nobody_is_trusted, trusted
from defacto_webhooks.transport.proxies import Proxy, proxy_for
from defacto_webhooks.transport.proxy_failures import Progress
from defacto_webhooks.transport.sealing import SealedUrl, seal

_LIMITS: Final = httpx.Limits(max_connections=100, max_keepalive_connections=20)


def async_client(
    *urls: SecretUrl,
    headers: Mapping[str, str],
    timeout: httpx.Timeout | float,
    bearer: Secret | None = None,
    limits: httpx.Limits = _LIMITS,
    transport: httpx.AsyncBaseTransport | None = None,
) -> httpx.AsyncClient:
    """A client for requests to `urls`, with `bearer` in them. It follows no redirect. `transport`: another
    way than over the network.

    Raises UserError where a variable of the environment that matters to them is wrong.
    """
    return httpx.AsyncClient(
        auth=_Bearer(bearer) if bearer else None,
        event_hooks={"request": [seal]},
        headers=headers,
        timeout=timeout,
        follow_redirects=False,
        transport=transport or async_transport(*urls, limits=limits),
        trust_env=False,
    )


def async_transport(*urls: SecretUrl, limits: httpx.Limits = _LIMITS) -> httpx.AsyncBaseTransport:
    """What is under such a client. Used alone, it keeps no cookies either. Raises UserError, as that does."""
    redact_logs()
    transport = _Transport(limits)
    for url in urls:
        transport.way_to(SealedUrl(url.reveal()))
    return transport


class _Bearer(httpx.Auth):
    """Puts the token into a request as it goes out: a client that is looked at has none in its headers."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        yield request


class _Transport(httpx.AsyncBaseTransport):
    """A pool of connections each: straight, through each proxy, with TLS and without. Made when needed."""

    def __init__(self, limits: httpx.Limits) -> None:
        self._limits = limits
        self._ways: dict[tuple[Proxy | None, bool], httpx.AsyncHTTPTransport] = {}

    def way_to(self, url: httpx.URL) -> tuple[Proxy | None, httpx.AsyncHTTPTransport]:
        """The proxy on the way to `url`, None where there is none, and the pool. Raises UserError."""
        proxy = proxy_for(url)
        speaks_tls = url.scheme == "https" or (proxy is not None and proxy.speaks_tls)
        if (proxy, speaks_tls) not in self._ways:
            context = trusted() if speaks_tls else nobody_is_trusted()
            self._ways[proxy, speaks_tls] = _way(proxy, context, self._limits)
        return proxy, self._ways[proxy, speaks_tls]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        proxy, way = self.way_to(request.url)
        if proxy is None:
            return await way.handle_async_request(request)
        progress = Progress(proxy)
        request.extensions = {**request.extensions, "trace": progress.note}
        try:
            response = await way.handle_async_request(request)
        except Exception as error:
            failed = progress.failed(error)
            if failed is None:
                raise
        else:
            failed = progress.refused_by(request, response)
            if failed is None:
                return response
            await response.aclose()
        raise failed  # out here, so that nothing that a library held is among its causes

    async def aclose(self) -> None:
        for way in self._ways.values():
            await way.aclose()


def _way(proxy: Proxy | None, context: ssl.SSLContext, limits: httpx.Limits) -> httpx.AsyncHTTPTransport:
    try:
        return httpx.AsyncHTTPTransport(
            verify=context, trust_env=False, limits=limits, proxy=proxy and proxy.opened(context)
        )
    except ImportError:
        raise UserError(
            f"the variable {proxy and proxy.variable} names a SOCKS proxy, which needs a package",
            "pip install 'httpx[socks]'",
        ) from None
