"""Who makes a request: this machine, the far end of a tunnel, a web page, somebody with a token."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request

from defacto_webhooks.hosts import is_loopback

# What tunnels, proxies and load balancers add. There is no complete list, but they name the same few things:
# the caller's address, the host that was asked for, the way that the request took, or their own product. Most
# begin with `X-`, as no header does that a browser sends by itself; scripts on a page add the two excepted.
_ADDED_ON_THE_WAY: Final = re.compile(
    r"x-(?!requested-with$|request-id$).*|forwarded(-.*)?|via|cdn-loop|front-end-https|pseudo-ipv4"
    r"|(true-)?(remote|origin)-?(ip|addr|address|host)|.*(client|connecting|cluster|user|peer)-?ip"
    r"|(cf|fly|fastly|akamai|tailscale|ngrok|localtunnel)-.*"
)


def is_this_machine(request: Request) -> bool:
    """Whether the request came from this machine, directly, and for one of its own names.

    The name counts, since another site's page can make a name of its own point here.
    """
    # A tunnel or a proxy may have passed it on; some of them change the host into localhost.
    if request.client is None or any(_ADDED_ON_THE_WAY.fullmatch(name) for name in request.headers):
        return False
    server = (request.scope.get("server") or ("", 0))[0]
    # From this machine to an address of its own that others use, too.
    to_itself = request.client.host == server
    try:
        name = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    except ValueError:
        return False
    if is_loopback(name):
        return to_itself or is_loopback(request.client.host)
    return to_itself and name == server


def bearer(request: Request) -> str | None:
    """The token of its Authorization header; None: it has none of that kind."""
    scheme, _, token = request.headers.get("authorization", "").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def caller_address(request: Request) -> str:
    """The address of the caller, and if a tunnel says so, of who called that: `203.0.113.9 via 127.0.0.1`."""
    peer = "an unknown address" if request.client is None else request.client.host
    said = request.headers.get("x-forwarded-for", "").partition(",")[0].strip()
    try:
        return f"{ip_address(said)} via {peer}"
    except ValueError:
        return peer


def is_web_page(headers: Headers) -> bool:
    """Whether a page in a browser made the request. It can't hide that; what runs on a server has no reason
    to say it. (Browsers leave Sec-Fetch-Site out towards plain http on other machines, but not Origin.)"""
    return headers.get("sec-fetch-site", "none") != "none" or "origin" in headers


def is_other_sites_page(headers: Headers) -> bool:
    """Whether a page made the request that is not of the very site it goes to."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    host = headers.get("host", "").lower()
    return headers.get("origin", f"http://{host}").lower() not in (f"http://{host}", f"https://{host}")
