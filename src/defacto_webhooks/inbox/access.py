"""Who may look: the page's own requests, from this machine.

What takes notifications is open to everybody. What shows them is not: another web page in the same
browser must not read them, neither directly nor under a host name that was made to point here, and
neither must the far end of a tunnel that was opened for the notifications.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from defacto_webhooks.hosts import is_loopback
from defacto_webhooks.local_server.problems import Problem

# What tunnels and proxies add; some of them change the host into localhost.
_FROM_ELSEWHERE: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host")


def check_viewer(request: Request, *, any_host: bool) -> None:
    """Raises Problem (403). `any_host`: the server is meant to be reached from elsewhere."""
    host = request.headers.get("host", "")
    if not any_host and not is_this_machine(request):
        raise Problem(
            403,
            "The inbox page is for this machine: open it as http://127.0.0.1 or localhost, not by a tunnel.",
        )
    origin = request.headers.get("origin")
    if origin is not None and origin.lower() not in (f"http://{host.lower()}", f"https://{host.lower()}"):
        raise Problem(403, "Another site's page may not use the inbox.")
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise Problem(403, "Another site's page may not use the inbox.")


def is_this_machine(request: Request) -> bool:
    """Whether the request was meant for this machine, by the name that it was sent to, and came directly."""
    if any(name in request.headers for name in _FROM_ELSEWHERE):
        return False
    try:
        name = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    except ValueError:
        return False
    return is_loopback(name)
