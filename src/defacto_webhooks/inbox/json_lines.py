"""What came in, as JSON lines: the same in `listen --format json` as in the page's export.

The values of the URL and the headers are not in it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from defacto_webhooks.inbox.incoming import Received
from defacto_webhooks.inbox.redacted_view import shown_path


def from_received(received: Received) -> dict[str, Any]:
    """What has just been stored."""
    parsed = received.parsed
    stored = {
        **asdict(received.request),
        "seq": received.seq,
        "is_json": parsed.is_json,
        "duplicate_of": received.duplicate_of,
    }
    return _document(stored, parsed.fields, parsed.problems)


def from_row(row: sqlite3.Row) -> dict[str, Any]:
    """What was stored at some time."""
    return _document(dict(row), json.loads(row["fields"]), json.loads(row["problems"]))


def _document(
    stored: Mapping[str, Any], fields: Mapping[str, str], problems: Sequence[str]
) -> dict[str, Any]:
    body = stored["body"]
    return {
        "id": stored["seq"],
        "received_at": datetime.fromtimestamp(stored["received_at"], UTC).isoformat(),
        "inbox": stored["inbox"],
        "path": shown_path(stored["path"], stored["inbox"]),
        "source": stored["source"],
        "event_type": fields.get("event_type"),
        "valid": not problems,
        "problems": list(problems),
        "duplicate": stored["duplicate_of"] is not None,
        "notification": json.loads(body) if stored["is_json"] else None,
        **({} if stored["is_json"] else {"body": body.decode("utf-8", "replace")}),
    }
