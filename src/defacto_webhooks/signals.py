"""Ctrl-C and SIGTERM: they cancel; once the account is being changed, they ask for an honest end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from defacto_webhooks.errors import Exit, Interrupted
from defacto_webhooks.system import on_signal

T = TypeVar("T")
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Signals:
    """Runs the work of one command. `say` takes a line for the user."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._stop: asyncio.Event | None = None
        self._seen = 0

    def from_now_on_stop(self, stop: asyncio.Event) -> None:
        """From here on the account is being changed: the first signal sets `stop`."""
        self._stop = stop

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`. Raises Interrupted where a signal came before anything was changed."""

        async def guarded() -> T:
            task = asyncio.ensure_future(work)
            for number in _SIGNALS:
                on_signal(number, lambda: self._received(task))
            return await task

        before = {number: signal.getsignal(number) for number in _SIGNALS}
        try:
            return asyncio.run(guarded())
        except asyncio.CancelledError:
            raise Interrupted("interrupted; nothing was changed") from None
        finally:  # the loop resets them to the system's default
            for number, handler in before.items():
                signal.signal(number, handler)

    def _received(self, task: asyncio.Future[Any]) -> None:
        self._seen += 1
        if self._stop is None:
            task.cancel()
            if self._seen > 1:
                os._exit(Exit.INTERRUPTED)
        elif self._seen == 1:
            self._stop.set()
            self._say(
                "Stopping: requests in flight may finish, and no new ones start. "
                "Press Ctrl-C again to stop at once."
            )
        else:
            os._exit(Exit.INCOMPLETE)
