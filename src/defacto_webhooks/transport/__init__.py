"""The way out: every HTTP client of this package.

No library reads the environment on our behalf: what HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE and the like say is
read here, so that this machine is never called through a proxy, and a variable that is wrong is named.
"""

from defacto_webhooks.transport.certificates import why_not_trusted
from defacto_webhooks.transport.clients import async_client, async_transport
from defacto_webhooks.transport.proxy_failures import ProxyFailed
from defacto_webhooks.transport.sealing import SealedUrl, sealed

__all__ = [
    "ProxyFailed",
    "SealedUrl",
    "async_client",
    "async_transport",
    "sealed",
    "why_not_trusted",
]
