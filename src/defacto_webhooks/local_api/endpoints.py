"""The routes: HTTP in, HTTP out; everything of substance is elsewhere."""

from __future__ import annotations

import hmac
import re
import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import StatelessLifespan

from defacto_webhooks.local_api import generator, invoices, subscriptions
from defacto_webhooks.local_api.pages import page, window
from defacto_webhooks.local_api.schemas import (
    EventBody,
    GeneratorBody,
    InvoiceChange,
    InvoiceCreation,
    SubscriptionBody,
)
from defacto_webhooks.local_api.simulated_events import happen
from defacto_webhooks.local_server.database import Database
from defacto_webhooks.local_server.problems import ERROR_HANDLERS, Problem, invalid
from defacto_webhooks.local_server.request_body import read_as

_HOST: Final = re.compile(r"[A-Za-z0-9.:\[\]-]{1,255}")
_NUMBER: Final = re.compile(r"[A-Za-z0-9-]{1,40}")


class App:
    """The endpoints over a database. `changed` is called after anything that may have to be delivered."""

    def __init__(
        self,
        database: Database,
        key: str,
        moves: invoices.Invoices,
        clock: Callable[[], float],
        changed: Callable[[], None],
    ) -> None:
        self._database = database
        self._key = key.encode()
        self._moves = moves
        self._clock = clock
        self._changed = changed

    def starlette(self, lifespan: StatelessLifespan[Starlette]) -> Starlette:
        """The ASGI app. /hello to /invoice are Defacto's; what else is under /sandbox is ours."""
        keyed = self._keyed
        app = Starlette(
            routes=[
                Route("/hello", keyed(self.hello), methods=["GET"]),
                Route("/webhooks", keyed(self.webhooks), methods=["GET", "POST"]),
                Route("/webhook/{id}", keyed(self.webhook), methods=["PATCH", "DELETE"]),
                Route("/sandbox/invoice-generator", keyed(self.invoice_generator), methods=["POST"]),
                Route("/sandbox/events", keyed(self.events), methods=["POST"]),
                Route("/sandbox/sample/{number}.pdf", self.sample, methods=["GET"]),
                Route("/sandbox/document/{id}", self.document, methods=["GET"]),
                Route("/invoices", keyed(self.invoices), methods=["GET", "POST"]),
                Route("/invoice/{id}", keyed(self.invoice), methods=["GET", "PATCH", "DELETE"]),
                Route("/invoice/{id}/submit", keyed(self.submit), methods=["POST"]),
            ],
            exception_handlers=ERROR_HANDLERS,
            lifespan=lifespan,
        )
        app.router.redirect_slashes = False
        return app

    def _keyed(
        self, endpoint: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def checked(request: Request) -> Response:
            scheme, _, key = request.headers.get("authorization", "").strip().partition(" ")
            if scheme.lower() != "bearer" or not hmac.compare_digest(key.strip().encode(), self._key):
                raise Problem(401, "No valid API key: send it as `Authorization: Bearer <API key>`.")
            return await endpoint(request)

        return checked

    async def hello(self, _: Request) -> Response:
        return PlainTextResponse("Hello from the local Defacto API!\n")

    async def webhooks(self, request: Request) -> Response:
        if request.method == "POST":
            body = await read_as(request, SubscriptionBody)
            with self._database.transaction() as connection:
                return JSONResponse(subscriptions.create(connection, body), HTTPStatus.CREATED)
        wanted = window(request)
        with self._database.reading() as connection:
            return JSONResponse(page(request, wanted, subscriptions.listed(connection, wanted)))

    async def webhook(self, request: Request) -> Response:
        if request.method == "DELETE":
            with self._database.transaction() as connection:
                subscriptions.delete(connection, request.path_params["id"])
            return Response(status_code=HTTPStatus.NO_CONTENT)
        body = await read_as(request, SubscriptionBody)
        with self._database.transaction() as connection:
            return JSONResponse(subscriptions.change(connection, request.path_params["id"], body))

    async def invoice_generator(self, request: Request) -> Response:
        body = await read_as(request, GeneratorBody, optional=True)
        payload = generator.generate(body, datetime.fromtimestamp(self._clock(), UTC))
        url = f"{_base_url(request)}/sandbox/sample/{payload['invoice_number']}.pdf"
        return JSONResponse(
            {"invoice_creation_payload": payload, "pdf_download_url": url}, HTTPStatus.CREATED
        )

    async def events(self, request: Request) -> Response:
        """Ours: an event that just happens, without any entity that it happens to."""
        body = await read_as(request, EventBody)
        with self._database.transaction() as connection:
            notification, count = happen(connection, body, now=self._clock())
        self._changed()
        return JSONResponse({"notification": notification, "deliveries": count}, HTTPStatus.CREATED)

    async def sample(self, request: Request) -> Response:
        number = request.path_params["number"]
        if _NUMBER.fullmatch(number) is None:
            raise Problem(404, "There is no such document.")
        return _pdf(generator.pdf(number))

    async def document(self, request: Request) -> Response:
        with self._database.reading() as connection:
            return _pdf(invoices.document(connection, request.path_params["id"]))

    async def invoices(self, request: Request) -> Response:
        if request.method == "POST":
            body = await read_as(request, InvoiceCreation)
            with self._database.transaction() as connection:
                created = self._moves.create(
                    connection, body, documents_url=_documents_url(request), now=self._clock()
                )
            self._changed()
            return JSONResponse(created, HTTPStatus.CREATED)
        wanted, params = window(request), request.query_params
        with self._database.reading() as connection:
            entries = invoices.listed(
                connection,
                wanted,
                statuses=_checked("status", params.getlist("status"), invoices.STATUSES.__contains__),
                ids=_checked("invoice_id", params.getlist("invoice_id"), _is_uuid),
                buyers=params.getlist("buyer"),
                sellers=params.getlist("seller"),
            )
            return JSONResponse(page(request, wanted, entries))

    async def invoice(self, request: Request) -> Response:
        invoice_id = request.path_params["id"]
        if request.method == "PATCH":
            body = await read_as(request, InvoiceChange)
            with self._database.transaction() as connection:
                return JSONResponse(
                    self._moves.change(connection, invoice_id, body, documents_url=_documents_url(request))
                )
        if request.method == "DELETE":
            with self._database.transaction() as connection:
                deleted = self._moves.delete(connection, invoice_id, now=self._clock())
            self._changed()
            return JSONResponse(deleted)
        with self._database.reading() as connection:
            return JSONResponse(invoices.get(connection, invoice_id))

    async def submit(self, request: Request) -> Response:
        body = await read_as(request, InvoiceChange, optional=True)
        with self._database.transaction() as connection:
            submitted = self._moves.submit(
                connection,
                request.path_params["id"],
                body,
                documents_url=_documents_url(request),
                now=self._clock(),
            )
        self._changed()
        return JSONResponse(submitted)


def _checked(name: str, values: Sequence[str], valid: Callable[[str], bool]) -> Sequence[str]:
    if not all(map(valid, values)):
        raise invalid((name, "has a value that is not possible"))
    return values


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _base_url(request: Request) -> str:
    # Not Starlette's: that one stumbles over a Host header which is none.
    host = request.headers.get("host", "")
    if _HOST.fullmatch(host) is None:
        host = "localhost"
    return f"{request.scope['scheme']}://{host}"


def _documents_url(request: Request) -> str:
    return f"{_base_url(request)}/sandbox/document"


def _pdf(content: bytes) -> Response:
    # The bytes are the caller's, so a browser must not take them for anything else.
    return Response(
        content,
        media_type="application/pdf",
        headers={"x-content-type-options": "nosniff", "content-security-policy": "sandbox"},
    )
