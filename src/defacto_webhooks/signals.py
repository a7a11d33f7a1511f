"""How Ctrl-C or SIGTERM ends a command: at once, or with a report where the account is being changed."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final, TypeVar

from defacto_webhooks.errors import Exit, Interrupted, Unfinished, UserError

T = TypeVar("T")
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Signals:
    """Runs the work of one command. `say` takes a line for the user."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._stop: asyncio.Event | None = None
        self._seen = 0
        self._end: Callable[[], object] = lambda: None

    def from_now_on_stop(self, stop: asyncio.Event) -> None:
        """From here on the account is being changed: the first signal sets `stop`."""
        self._stop = stop

    def interrupted(self) -> UserError:
        """What a signal that ended the work means: whether anything may have been changed by then."""
        if self._stop is None:
            return Interrupted("interrupted; nothing was changed")
        return Unfinished("interrupted; the account may have been changed", "it is safe to apply again")

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`. Raises Interrupted where a signal came before anything was changed."""

        async def guarded() -> T:
            task, loop = asyncio.ensure_future(work), asyncio.get_running_loop()
            self._end = lambda: loop.call_soon_threadsafe(self._end_well, task)
            if self._seen:
                task.cancel()
            return await task

        # Not the loop's own: they wait for it to turn, and at its end the system's default takes their place.
        before = {number: signal.signal(number, self._received) for number in _SIGNALS}
        try:
            return asyncio.run(guarded())
        except asyncio.CancelledError:
            raise self.interrupted() from None
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _received(self, *_: object) -> None:
        """Also while the loop waits for whoever reads what is printed: so the second one is obeyed here."""
        self._seen += 1
        if self._seen > 1:
            os._exit(Exit.INTERRUPTED if self._stop is None else Exit.INCOMPLETE)
        with suppress(RuntimeError):  # the loop is closed: nothing is left to end
            self._end()

    def _end_well(self, task: asyncio.Future[Any]) -> None:
        if self._stop is None:
            task.cancel()
        else:
            self._stop.set()
            self._say(
                "Stopping: requests in flight may finish, and no new ones start. "
                "Press Ctrl-C again to stop at once."
            )
