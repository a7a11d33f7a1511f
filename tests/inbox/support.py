"""An inbox server on a loopback port, in a thread of its own, and notifications to send to it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from typing import Any

import httpx
from starlette.types import ASGIApp

from defacto_webhooks.inbox import Inbox
from defacto_webhooks.local_server.server import serving


@contextmanager
def served(
    app: ASGIApp,
    port: int = 0,
    host: str = "127.0.0.1",
    meanwhile: AbstractAsyncContextManager[None] = nullcontext(),  # noqa: B008 - it does nothing
) -> Iterator[str]:
    """`app` over HTTP; the base URL."""
    started, stop, urls = threading.Event(), asyncio.Event(), list[str]()
    loops: list[asyncio.AbstractEventLoop] = []

    async def run() -> None:
        loops.append(asyncio.get_running_loop())
        try:
            async with meanwhile, serving(app, host=host, port=port) as address:
                urls.append(address.local)
                started.set()
                await stop.wait()
        finally:
            started.set()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    started.wait()
    try:
        yield urls[0]
    finally:
        if loops and thread.is_alive():
            loops[0].call_soon_threadsafe(stop.set)
        thread.join()


@contextmanager
def inbox_served(inbox: Inbox, port: int = 0, host: str = "127.0.0.1") -> Iterator[str]:
    """`inbox`, passing on what comes if it is to; its base URL."""

    try:
        with served(inbox.asgi, port, host, inbox.forwarding()) as url:
            yield url
    finally:
        inbox.close()


def notification(event_type: str = "Invoice.SUBMITTED", number: int = 1, **changes: Any) -> dict[str, Any]:
    """A notification as documented; another `number` is another entity."""
    entity, _, status = event_type.partition(".")
    entity_id = f"a18d5057-0092-4555-b865-{number:012d}"
    state = {
        "id": entity_id,
        "status": status,
        "invoice_number": f"F-2026-{100_000 + number}",
        "currency": "EUR",
        "total_amount": 123_456,
        "issued_at": "2026-01-30T00:00:00+00:00",
        "due_at": "2026-03-31T00:00:00+00:00",
        "buyer": {"name": "Boulangerie Exemple", "identifier": "123456782", "identifier_type": "siren"},
        "seller": {"name": "Moulin Exemple", "identifier": "987654324", "identifier_type": "siren"},
        "to_account": {"account_number": "FR7699999000000000000000001", "account_number_type": "iban"},
        "document_url": "https://documents.example/s3cret-document",
        "metadata": {},
        "loan_ids": [],
    }
    return {
        "entity_type": entity.lower(),
        "transition_name": "SUBMIT",
        "status": status,
        "timestamp": f"2026-02-11T11:26:{number % 60:02d}.631326+00:00",
        "id": entity_id,
        "event_type": event_type,
        "entity_state": state,
        **changes,
    }


def listed(url: str, inbox: str = "main", **query: str) -> list[dict[str, Any]]:
    """What the page is told, newest first."""
    answer = httpx.get(f"{url}/inboxes/{inbox}/notifications", params={"limit": "200", **query})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["notifications"]
    return found


def changes(url: str, inbox: str = "main", **query: str) -> dict[str, Any]:
    """What the page is told is new since `after`."""
    answer = httpx.get(f"{url}/inboxes/{inbox}/changes", params={"after": "0", **query})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found
