"""The door to the inbox page: who may look.

Receiving is another door: to be reached from elsewhere opens that one only, to every server that knows the
address. This one is for browsers of this machine, and for others only with the view token. Another web page
in the same browser must not read what was received, neither directly nor under a host name that was made to
point here, and neither must the far end of a tunnel that was opened for the notifications.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from defacto_webhooks.local_server.caller import bearer, is_other_sites_page, is_this_machine
from defacto_webhooks.local_server.problems import Problem
from defacto_webhooks.redaction import Secret

PARAMETER: Final = "view_token"  # of the query, once: it becomes a cookie
_CLOSED: Final = (
    "The inbox page is for this machine: open it there, as http://127.0.0.1 or http://localhost."
    " A view token (--view-token) opens it to others."
)
_NEEDED: Final = "You need the view token to open this inbox from another machine."


class Viewers:
    """The door to the page. `token` opens it to other machines; None: nothing does."""

    def __init__(self, token: Secret | None) -> None:
        self._token = None if token is None else token.reveal().encode()

    def check(self, request: Request) -> None:
        """For what the page asks for. Raises Problem."""
        if is_other_sites_page(request.headers):
            raise Problem(403, "Another site's page may not use the inbox.")
        self.check_person(request)

    def check_person(self, request: Request) -> None:
        """For the page itself, to which a link of another site may lead.

        Raises Problem: 403, or 401 where the token would help.
        """
        if is_this_machine(request):
            return
        if self._token is None:
            raise Problem(403, _CLOSED)
        shown = request.cookies.get(_cookie_name(request), "")
        known = hmac.compare_digest(shown.encode(), self._cookie_value().encode())
        if not known and not self._is_token(bearer(request) or ""):
            raise Problem(401, _NEEDED)

    def let_in(self, request: Request) -> Response | None:
        """The answer to a link with the token in its query: the same page, with a cookie instead."""
        offered = request.query_params.get(PARAMETER)
        if self._token is None or offered is None:
            return None
        if not self._is_token(offered):
            raise Problem(401, _NEEDED)
        answer = RedirectResponse(request.url.path, 303)
        answer.set_cookie(
            _cookie_name(request), self._cookie_value(), path="/", httponly=True, samesite="lax"
        )
        return answer

    def _is_token(self, offered: str) -> bool:
        return hmac.compare_digest(offered.encode("utf-8", "replace"), self._token or b"")

    def _cookie_value(self) -> str:
        """Proves that the token was known, without being it."""
        return hmac.new(self._token or b"", b"defacto-webhooks view", hashlib.sha256).hexdigest()


def _cookie_name(request: Request) -> str:
    # Cookies don't know ports, and there may be a second inbox on this machine.
    return f"defacto_webhooks_view_{(request.scope.get('server') or ('', 0))[1]}"
