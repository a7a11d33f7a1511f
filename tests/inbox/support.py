"""An inbox server on a loopback port, in a thread of its own, and notifications to send to it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from anyio.from_thread import start_blocking_portal
from starlette.types import ASGIApp

from defacto_webhooks.inbox import Inbox, IncomingRequest, Received
from defacto_webhooks.inbox.incoming import parse_body
from defacto_webhooks.local_server.one_attempt import Forward
from defacto_webhooks.local_server.server import serving
from defacto_webhooks.sinks.callback import Callback
from defacto_webhooks.sinks.forwarder import Forwarder, forwarding
from tests import local


@contextmanager
def served(
    app: ASGIApp,
    port: int = 0,
    host: str = "127.0.0.1",
    meanwhile: AbstractAsyncContextManager[None] = nullcontext(),  # noqa: B008 - it does nothing
) -> Iterator[str]:
    """`app` over HTTP; the base URL."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(meanwhile),
        portal.wrap_async_context_manager(serving(app, host=host, port=port)) as address,
    ):
        yield address.local


@contextmanager
def inbox_served(
    inbox: Inbox, port: int = 0, host: str = "127.0.0.1", forwarders: Sequence[Forwarder[Any]] = ()
) -> Iterator[str]:
    """`inbox`, while the `forwarders` do what they have taken; its base URL."""
    try:
        with served(inbox.asgi, port, host, forwarding(forwarders, lambda _: None)) as url:
            yield url
    finally:
        inbox.close()


@contextmanager
def forwarding_inbox(
    folder: Path, to: str, port: int = 0, clock: Callable[[], float] = time.time
) -> Iterator[tuple[str, list[tuple[int, Forward]]]]:
    """An inbox `main` that forwards to the callback `to`: its URL, and what came of each."""
    results: list[tuple[int, Forward]] = []
    inbox = Inbox(
        folder / "inbox.db",
        catch_all="main",
        clock=clock,
        on_received=lambda received: callback.take(received),
    )
    inbox.open("main")
    callback = Callback.open(to, inbox, lambda seq, forward, _: results.append((seq, forward)))
    with inbox_served(inbox, port, forwarders=[callback]) as url:
        yield url, results


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
    answer = local.get(f"{url}/inboxes/{inbox}/notifications", params={"limit": "200", **query})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["notifications"]
    return found


def changes(url: str, inbox: str = "main", **query: str) -> dict[str, Any]:
    """What the page is told is new since `after`."""
    answer = local.get(f"{url}/inboxes/{inbox}/changes", params={"after": "0", **query})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def received(body: object, seq: int = 1, duplicate_of: int | None = None) -> Received:
    """What a receiver hands to its sinks."""
    raw = json.dumps(body).encode()
    request = IncomingRequest("main", 0.0, "127.0.0.1", "/defacto", "", (), raw)
    return Received(seq, request, parse_body(raw), duplicate_of)
