"""An inbox server as one object: the routes over a store."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from defacto_webhooks.inbox.access import check_viewer
from defacto_webhooks.inbox.event_stream import Streams
from defacto_webhooks.inbox.incoming import Received
from defacto_webhooks.inbox.page_api import PageApi
from defacto_webhooks.inbox.receiver import Receiver
from defacto_webhooks.inbox.static_files import ASSETS, asset
from defacto_webhooks.inbox.store import Limits, Store
from defacto_webhooks.local_server.problems import ERROR_HANDLERS, Problem
from defacto_webhooks.redaction import Secret


class Inbox:
    """Takes notifications by POST at `/inbox/<name>` and below it, and shows them on a page at `/inbox/`.

    db: an SQLite file, made when it is first used; several processes may use it.
    catch_all: the inbox that takes what is posted to any other path, so that the server is a receiver as
        a whole; None: those are 404.
    token: what callers must carry in a value of their query, or as a bearer; None: everybody may post.
    any_host: show the page under any host name, not on this machine only.
    clock: seconds since 1970.
    on_received, on_refused: called with what was stored, and with the reason for what was not.

    `asgi` belongs to one event loop. Raises UserError where the file can't be used.
    """

    def __init__(
        self,
        db: Path,
        *,
        catch_all: str | None = None,
        token: Secret | None = None,
        any_host: bool = False,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.time,
        on_received: Callable[[Received], None] | None = None,
        on_refused: Callable[[str], None] | None = None,
    ) -> None:
        self._store = Store(db, limits or Limits())
        self._streams = Streams(self._store)
        self._catch_all = catch_all
        self._any_host = any_host
        self._on_received = on_received
        self._receiver = Receiver(self._store, clock, token, self._received, on_refused or (lambda _: None))
        self._page_api = PageApi(self._store, clock, catch_all, self._streams.ring)
        self._clock = clock
        self._app = self._starlette()

    @property
    def asgi(self) -> ASGIApp:
        """The ASGI app."""

        async def entrance(scope: Scope, receive: Receive, send: Send) -> None:
            await self._app(scope, receive, send)

        return entrance

    @staticmethod
    def serves(path: str) -> bool:
        """Whether `path` is one of an inbox server's own."""
        return path.split("/", 2)[1:2] in (["inbox"], ["inboxes"])

    def open(self, *names: str) -> None:
        """Opens the file now, and makes these inboxes. Raises UserError."""
        self._store.open()
        for name in names:
            self._store.create(name, self._clock())

    def close_streams(self) -> None:
        """Lets go of the browsers, so that the server can end."""
        self._streams.close()

    def close(self) -> None:
        self._store.close()

    def _received(self, received: Received) -> None:
        self._streams.ring()
        if self._on_received is not None:
            self._on_received(received)

    def _starlette(self) -> Starlette:
        page_api, for_viewers = self._page_api, self._for_viewers
        inbox, notifications = "/inboxes/{name}", "/inboxes/{name}/notifications"
        app = Starlette(
            routes=[
                *(Route(f"/inbox/{name}", asset, methods=["GET"]) for name in ("", *ASSETS)),
                Route("/inboxes", for_viewers(page_api.inboxes), methods=["GET", "POST"]),
                Route(inbox, for_viewers(page_api.inbox), methods=["DELETE"]),
                Route(notifications, for_viewers(page_api.notifications), methods=["GET", "DELETE"]),
                Route(f"{notifications}/{{seq}}", for_viewers(page_api.notification), methods=["GET"]),
                Route(f"{notifications}/{{seq}}/value", for_viewers(page_api.value), methods=["GET"]),
                Route(f"{inbox}/live", for_viewers(self._streams.live), methods=["GET"]),
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

    def _for_viewers(
        self, endpoint: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def checked(request: Request) -> Response:
            check_viewer(request, any_host=self._any_host)
            return await endpoint(request)

        return checked
