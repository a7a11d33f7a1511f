"""An inbox server on a loopback port, in a thread of its own, and notifications to send to it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from starlette.types import ASGIApp

from defacto_webhooks.inbox import Inbox
from defacto_webhooks.local_server.server import serving


@contextmanager
def served(app: ASGIApp, ending: Callable[[], None] | None = None, port: int = 0) -> Iterator[str]:
    """`app` over HTTP; the base URL."""
    started, stop, urls = threading.Event(), asyncio.Event(), list[str]()
    loops: list[asyncio.AbstractEventLoop] = []

    async def run() -> None:
        loops.append(asyncio.get_running_loop())
        try:
            async with serving(app, port=port, ending=ending) as url:
                urls.append(url)
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
def inbox_served(inbox: Inbox, port: int = 0) -> Iterator[str]:
    try:
        with served(inbox.asgi, inbox.close_streams, port) as url:
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


class Stream:
    """A reader of the live stream, as a browser is one."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.iter_lines()
        self.last_id = ""

    def next(self) -> tuple[str, dict[str, Any]]:
        """Name and data of the next event."""
        event: dict[str, str] = {}
        for line in self._lines:
            if not line and "data" in event:
                self.last_id = event["id"]
                return event["event"], json.loads(event["data"])
            name, _, value = line.partition(": ")
            event[name] = value
        raise EOFError


@contextmanager
def streaming(url: str, inbox: str = "main", last_id: str = "", **query: str) -> Iterator[Stream]:
    headers = {"last-event-id": last_id} if last_id else {}
    path = f"{url}/inboxes/{inbox}/live"
    with httpx.stream("GET", path, params=query, headers=headers, timeout=20) as response:
        assert response.status_code == 200
        yield Stream(response)
