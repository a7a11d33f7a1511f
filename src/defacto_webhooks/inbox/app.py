"""An inbox server as one object: the routes over a store."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from defacto_webhooks.inbox.access import PARAMETER, Viewers
from defacto_webhooks.inbox.incoming import Received
from defacto_webhooks.inbox.page_api import PageApi, Resender
from defacto_webhooks.inbox.receiver import Receiver
from defacto_webhooks.inbox.static_files import ASSETS, asset, explanation, wants_page
from defacto_webhooks.inbox.store import Limits, Store
from defacto_webhooks.local_server.problems import ERROR_HANDLERS, Problem, checked
from defacto_webhooks.redaction import Secret


class Inbox:
    """Takes notifications by POST at `/inbox/<name>` and below it, and shows them on a page at `/inbox/`.

    db: an SQLite file, made when it is first used; several processes may use it.
    catch_all: the inbox that takes what is posted to any other path, so that the server is a receiver as
        a whole; None: those are 404.
    token: what callers must carry in a value of their query, or as a bearer; None: everybody may post.
    view_token: what opens the page to other machines; None: nothing does.
    clock: seconds since 1970.
    on_received, on_refused: called with what was stored; with the reason for what was not.

    `asgi` belongs to one event loop. Raises UserError where the file can't be used.
    """

    def __init__(
        self,
        db: Path,
        *,
        catch_all: str | None = None,
        token: Secret | None = None,
        view_token: Secret | None = None,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.time,
        on_received: Callable[[Received], None] = lambda _: None,
        on_refused: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.store = Store(db, limits or Limits())
        self._clock = clock
        self._catch_all = catch_all
        self.viewers = Viewers(view_token)
        self._receiver = Receiver(self.store, clock, token, on_received, on_refused)
        self._page_api = PageApi(self.store, clock, fixed=catch_all, needs_token=token is not None)
        self.asgi: ASGIApp = self._starlette()

    @staticmethod
    def serves(path: str) -> bool:
        """Whether `path` is one of an inbox server's own."""
        return path.split("/", 2)[1:2] in (["inbox"], ["inboxes"])

    def open(self, *names: str) -> None:
        """Opens the file now, and makes these inboxes. Raises UserError."""
        self.store.open()
        for name in names:
            self.store.create(name, self._clock())

    def resend_through(self, resender: Resender) -> None:
        """What the page's "Resend" sends with; until then it has none."""
        self._page_api.resender = resender

    def close(self) -> None:
        self.store.close()

    def _starlette(self) -> Starlette:
        api, viewer = self._page_api, partial(checked, self.viewers.check)
        inbox = "/inboxes/{name}"
        one = f"{inbox}/notifications/{{seq}}"
        app = Starlette(
            routes=[
                Route("/inbox/", self._page, methods=["GET"]),
                *(Route(f"/inbox/{name}", asset, methods=["GET"]) for name in ASSETS),
                Route("/inboxes", viewer(api.inboxes), methods=["GET", "POST"]),
                Route(inbox, viewer(api.inbox), methods=["DELETE"]),
                Route(f"{inbox}/notifications", viewer(api.notifications), methods=["GET", "DELETE"]),
                Route(f"{inbox}/notifications.jsonl", viewer(api.export), methods=["GET"]),
                Route(f"{inbox}/changes", viewer(api.changes), methods=["GET"]),
                Route(one, viewer(api.notification), methods=["GET", "DELETE"]),
                Route(f"{one}/value", viewer(api.value), methods=["GET"]),
                Route(f"{one}/resend", viewer(api.resend), methods=["POST"]),
            ],
            exception_handlers=ERROR_HANDLERS,
        )
        app.router.redirect_slashes = False
        # Not a route, which would take the methods it knows only and leave the others unexplained.
        app.router.default = self._anything_else
        return app

    async def _anything_else(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        first, name = [*scope["path"].removeprefix("/").split("/", 2), ""][:2]
        if request.method == "GET" and scope["path"] in ("/", "/inbox"):
            answer: Response = RedirectResponse("/inbox/")
        elif first == "inbox":
            answer = await self._receiver.answer(request, name)
        elif self._catch_all is not None and first != "inboxes":
            answer = await self._receiver.answer(request, self._catch_all)
        else:
            raise Problem(404, "There is nothing at this path.")
        await answer(scope, receive, send)

    async def _page(self, request: Request) -> Response:
        try:
            entered = self.viewers.let_in(request)
            if entered is not None:
                return entered
            self.viewers.check_person(request)
        except Problem as problem:
            if not wants_page(request):
                raise
            form = _TOKEN_FORM if problem.status == 401 else ""
            return explanation("This inbox is closed", problem.detail, form, problem.status)
        return await asset(request)


_TOKEN_FORM = (
    f"<form method=get action=/inbox/><p><label>View token <input type=password name={PARAMETER} required"
    " autocomplete=off></label> <button class=primary>Open</button></form>"
)
