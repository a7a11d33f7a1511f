"""Takes what is POSTed to an inbox; explains itself to anything else.

To see how a sender behaves, the URL may ask for an answer: `?status=503`, `?delay=2` (seconds), or both.
"""

from __future__ import annotations

import asyncio
import hmac
import html
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from defacto_webhooks.errors import UserError
from defacto_webhooks.inbox.incoming import IncomingRequest, Received, parse_body
from defacto_webhooks.inbox.static_files import HEADERS, explanation, wants_page
from defacto_webhooks.inbox.store import Store
from defacto_webhooks.local_server.caller import bearer, caller_address, is_web_page
from defacto_webhooks.local_server.problems import Problem, problem_response
from defacto_webhooks.local_server.request_body import read
from defacto_webhooks.redaction import Secret

MAX_BODY: Final = 1_000_000  # bytes; a notification has a few thousand
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_PATH_LIMIT: Final = 1_000  # characters
_LONGEST_DELAY_S: Final = 60.0
_STATUS: Final = re.compile("[2-5][0-9]{2}")
_SECONDS: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3})?")
_EXPLANATION: Final = (
    "This address receives webhook notifications, which Defacto sends by POST; there is nothing to open here."
)


@dataclass(frozen=True)
class Receiver:
    """One object for all inboxes. `stored` is called with everything that was kept, `refused` with the
    reason for what was not."""

    store: Store
    clock: Callable[[], float]
    token: Secret | None
    stored: Callable[[Received], None]
    refused: Callable[[str], None]

    async def answer(self, request: Request, inbox: str) -> Response:
        """The answer to any request at an inbox's address. Raises Problem."""
        if NAME.fullmatch(inbox) is None:
            raise Problem(404, "An inbox has a name of letters, digits, - and _, as in /inbox/my-first.")
        if len(request.scope["path"]) > _PATH_LIMIT:
            raise Problem(414, f"The path is longer than {_PATH_LIMIT} characters.")
        if request.method != "POST":
            return _explained(request, inbox)
        try:
            return await self._take(request, inbox)
        except Problem as problem:
            self.refused(f"{problem.status}: {problem.detail}")
            raise

    async def _take(self, request: Request, inbox: str) -> Response:
        if is_web_page(request.headers):
            raise Problem(403, "This came from a web page; notifications come from servers.")
        query = request.scope["query_string"].decode("latin-1")
        if self.token is not None and not _carries(request, query, self.token):
            raise Problem(401, "The token is missing or wrong; it belongs in the query of the to_url.")
        body = await read(request, MAX_BODY)
        headers = tuple(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw
        )
        parsed = parse_body(body)
        try:
            received = self.store.add(
                IncomingRequest(
                    inbox, self.clock(), caller_address(request), request.scope["path"], query, headers, body
                ),
                parsed,
            )
        except UserError as error:
            self.refused(f"503: {error.message}")
            return problem_response(request, Problem(503, "The inbox can't store anything right now."))
        self.stored(received)
        wanted = dict(parse_qsl(query))
        if _SECONDS.fullmatch(wanted.get("delay", "")):
            await _wait(request, min(float(wanted["delay"]), _LONGEST_DELAY_S))
        if _STATUS.fullmatch(wanted.get("status", "")):
            return Response(status_code=int(wanted["status"]))
        if not parsed.is_json:
            problem = parsed.problems[0]
            return problem_response(request, Problem(400, f"{problem[0].upper()}{problem[1:]}."))
        return Response(status_code=204)


async def _wait(request: Request, seconds: float) -> None:
    """Waits, but not for longer than the caller does."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await request.receive())["type"] != "http.disconnect":
                pass


def _carries(request: Request, query: str, token: Secret) -> bool:
    """Whether a value of the query, or the bearer of the Authorization header, is the token."""
    offered = [value for _, value in parse_qsl(query, keep_blank_values=True, errors="replace")]
    offered.append(bearer(request) or "")
    wanted = token.reveal().encode()
    # All of them, each in constant time.
    return sum(hmac.compare_digest(value.encode("utf-8", "replace"), wanted) for value in offered) > 0


def _explained(request: Request, inbox: str) -> Response:
    page = f"/inbox/#{inbox}"
    if wants_page(request):
        link = f"<p><a href='{html.escape(page)}'>See what arrived</a></p>"
        answer: Response = explanation("Notifications come by POST", _EXPLANATION, link, 405)
    else:
        answer = PlainTextResponse(f"{_EXPLANATION}\nSee what arrived at {page}\n", 405, HEADERS)
    answer.headers["allow"] = "POST"
    return answer
