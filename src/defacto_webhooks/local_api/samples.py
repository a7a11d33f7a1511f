"""States of entities that the local API does not keep, for events that somebody asks for.

Defacto's own have other fields besides; which ones is not documented on the pages about webhooks.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from defacto_webhooks.events import entity_slug, split
from defacto_webhooks.local_api import generator
from defacto_webhooks.local_api.schemas import GeneratorBody


def entity_state(event_type: str, entity_id: str, now: float) -> Mapping[str, Any]:
    """A made-up state that goes with `event_type`. Amounts in cents; `now` in seconds since 1970."""
    today = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    amount = 10_000 + secrets.randbelow(490_000)
    money = {"currency": "EUR", "amount": amount}
    state: dict[str, Any] = {"id": entity_id, "status": split(event_type)[1]}
    match entity_slug(event_type):
        case "invoice":
            payload = generator.generate(GeneratorBody(), today)
            del payload["document"]
            return {**payload, **state, "document_url": None, "loan_ids": []}
        case "loan":
            due = (today + timedelta(days=60)).isoformat()
            return {**state, **money, "fees_amount": amount // 50, "due_at": due, "invoice_ids": []}
        case "payment":
            return {**state, **money, "payment_date": today.date().isoformat()}
        case "credit_line":
            return {**state, "currency": "EUR", "pool_amount": 100 * amount}
        case "credit_limit":
            return {**state, **money, "borrower": {"name": "Moulin Exemple"}}
        case _:
            return state
