"""The routes: HTTP in, HTTP out; everything of substance is elsewhere."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from defacto_webhooks.local_api import generator, invoices, subscriptions
from defacto_webhooks.local_api.schemas import (
    EventBody,
    GeneratorBody,
    InvoiceCreation,
    InvoiceFields,
    SubscriptionBody,
)
from defacto_webhooks.local_api.simulated_events import simulate
from defacto_webhooks.local_server.caller import bearer
from defacto_webhooks.local_server.database import Database
from defacto_webhooks.local_server.problems import ERROR_HANDLERS, Problem, checked
from defacto_webhooks.local_server.request_body import read_as

EMBEDDED_KEY: Final = "defacto-webhooks-local"
_HOST: Final = re.compile(r"[A-Za-z0-9.:\[\]-]{1,255}")


@dataclass(frozen=True)
class Endpoints:
    """The endpoints over a database. `changed` is called after what may have to be delivered."""

    database: Database
    verification_delay_s: float
    clock: Callable[[], float]
    changed: Callable[[], None]

    def starlette(self) -> Starlette:
        """The ASGI app. Its paths are Defacto's, but for /sandbox/events and /sandbox/sample.pdf."""
        keyed = partial(checked, self._check_key)
        app = Starlette(
            routes=[
                Route("/hello", keyed(self.hello), methods=["GET"]),
                Route("/webhooks", keyed(self.webhooks), methods=["GET", "POST"]),
                Route("/webhook/{id}", keyed(self.webhook), methods=["PATCH", "DELETE"]),
                Route("/sandbox/invoice-generator", keyed(self.invoice_generator), methods=["POST"]),
                Route("/sandbox/events", keyed(self.events), methods=["POST"]),
                Route("/sandbox/sample.pdf", self.sample, methods=["GET"]),
                Route("/invoices", keyed(self.invoices), methods=["POST"]),
                Route("/invoice/{id}", keyed(self.invoice), methods=["GET", "DELETE"]),
                Route("/invoice/{id}/submit", keyed(self.submit), methods=["POST"]),
            ],
            exception_handlers=ERROR_HANDLERS,
        )
        app.router.redirect_slashes = False
        return app

    def _check_key(self, request: Request) -> None:
        if not hmac.compare_digest((bearer(request) or "").encode(), EMBEDDED_KEY.encode()):
            raise Problem(401, "No valid API key: send it as `Authorization: Bearer <API key>`.")

    async def hello(self, _: Request) -> Response:
        return PlainTextResponse("Hello from the local Defacto API!\n")

    async def webhooks(self, request: Request) -> Response:
        if request.method == "POST":
            body = await read_as(request, SubscriptionBody)
            with self.database.transaction() as connection:
                return JSONResponse(subscriptions.create(connection, body), HTTPStatus.CREATED)
        with self.database.reading() as connection:
            return JSONResponse(subscriptions.page(connection, request.query_params.get("cursor")))

    async def webhook(self, request: Request) -> Response:
        if request.method == "DELETE":
            with self.database.transaction() as connection:
                subscriptions.delete(connection, request.path_params["id"])
            return Response(status_code=HTTPStatus.NO_CONTENT)
        body = await read_as(request, SubscriptionBody)
        with self.database.transaction() as connection:
            return JSONResponse(subscriptions.change(connection, request.path_params["id"], body))

    async def invoice_generator(self, request: Request) -> Response:
        body = await read_as(request, GeneratorBody, optional=True)
        payload = generator.generate(body, datetime.fromtimestamp(self.clock(), UTC))
        url = f"{_base_url(request)}/sandbox/sample.pdf"
        return JSONResponse(
            {"invoice_creation_payload": payload, "pdf_download_url": url}, HTTPStatus.CREATED
        )

    async def sample(self, _: Request) -> Response:
        """The document of a generated invoice."""
        return Response(generator.PDF, media_type="application/pdf")

    async def events(self, request: Request) -> Response:
        """Ours: an event that just happens, without any entity that it happens to."""
        body = await read_as(request, EventBody)
        with self.database.transaction() as connection:
            notification, count = simulate(connection, body, now=self.clock())
        self.changed()
        return JSONResponse({"notification": notification, "deliveries": count}, HTTPStatus.CREATED)

    async def invoices(self, request: Request) -> Response:
        body = await read_as(request, InvoiceCreation)
        with self.database.transaction() as connection:
            created = invoices.create(connection, body, now=self.clock(), delay_s=self.verification_delay_s)
        self.changed()
        return JSONResponse(created, HTTPStatus.CREATED)

    async def invoice(self, request: Request) -> Response:
        invoice_id = request.path_params["id"]
        if request.method == "DELETE":
            with self.database.transaction() as connection:
                deleted = invoices.delete(connection, invoice_id, now=self.clock())
            self.changed()
            return JSONResponse(deleted)
        with self.database.reading() as connection:
            return JSONResponse(invoices.get(connection, invoice_id))

    async def submit(self, request: Request) -> Response:
        body = await read_as(request, InvoiceFields, optional=True)
        invoice_id = request.path_params["id"]
        with self.database.transaction() as connection:
            submitted = invoices.submit(
                connection, invoice_id, body, now=self.clock(), delay_s=self.verification_delay_s
            )
        self.changed()
        return JSONResponse(submitted)


def _base_url(request: Request) -> str:
    # Not Starlette's: that one stumbles over an invalid Host header.
    host = request.headers.get("host", "")
    if _HOST.fullmatch(host) is None:
        host = "localhost"
    return f"{request.scope['scheme']}://{host}"
