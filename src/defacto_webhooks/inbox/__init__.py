"""Inboxes: they take notifications over HTTP, keep them in an SQLite file, show them on a page."""

from __future__ import annotations

from defacto_webhooks.inbox.app import Inbox
from defacto_webhooks.inbox.incoming import IncomingRequest, Received
from defacto_webhooks.inbox.store import Limits, Store

__all__ = ["Inbox", "IncomingRequest", "Limits", "Received", "Store"]
