"""Server-sent events: each new notification as it comes, and after a break all that were missed."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from defacto_webhooks.inbox.page_api import number, summary, unknown, wanted
from defacto_webhooks.inbox.static_files import HEADERS
from defacto_webhooks.inbox.store import Filter, Store

_BATCH: Final = 200
_GATHER_S: Final = 0.03  # so that a burst is told in few events
_POLL_S: Final = 1.0  # how soon what another process stored is noticed
_HEARTBEAT_S: Final = 10.0
_RETRY_MS: Final = 1_000


class Streams:
    """The live streams of one server."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._bell = asyncio.Event()
        self._closed = False

    def ring(self) -> None:
        """Something changed."""
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()

    def close(self) -> None:
        """Ends all streams; the browsers will ask again, and a server that is back then goes on."""
        self._closed = True
        self.ring()

    async def live(self, request: Request) -> Response:
        """Goes on behind the number in Last-Event-ID, or in `after`. Raises Problem."""
        name = request.path_params["name"]
        if self._store.state(name) is None:
            raise unknown()
        seen = request.headers.get("last-event-id", "")
        after = int(seen) if seen.isdecimal() and len(seen) < 19 else number(request, "after", 0)
        return StreamingResponse(
            self._events(name, wanted(request), after), media_type="text/event-stream", headers=HEADERS
        )

    async def _events(self, name: str, wanted: Filter, after: int) -> AsyncIterator[str]:
        yield f"retry: {_RETRY_MS}\n\n"
        if after > self._store.last():
            # The file was deleted meanwhile, and numbers start again.
            after = self._store.last()
            yield _event("reset", after, {})
        told: dict[str, Any] | None = None
        spoke = time.monotonic()
        while not self._closed:
            bell = self._bell
            last, state = self._store.last(), self._store.state(name)
            if state is None:
                yield _event("gone", after, {})
                return
            rows = self._store.between(name, wanted, after=after, to=last, limit=_BATCH)
            after = rows[-1]["seq"] if len(rows) == _BATCH else last
            if rows or state != told:
                yield _event("news", after, {"notifications": [*map(summary, rows)], "state": state})
                told, spoke = state, time.monotonic()
            elif time.monotonic() - spoke > _HEARTBEAT_S:
                yield ": still here\n\n"
                spoke = time.monotonic()
            if len(rows) < _BATCH:
                with suppress(TimeoutError):
                    await asyncio.wait_for(bell.wait(), _POLL_S)
                if not self._closed:
                    await asyncio.sleep(_GATHER_S)


def _event(kind: str, number: int, data: object) -> str:
    return f"event: {kind}\nid: {number}\ndata: {json.dumps(data)}\n\n"
