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


class Interrupts:
    """What a signal does to a program outside of `Signals.run`: it raises KeyboardInterrupt.

    From `hold` on, what the program came to is settled, and a signal raises nothing any more.
    """

    def __init__(self) -> None:
        self._raises = True
        self._was_seen = False

    def listen(self) -> None:
        """From here on, for as long as the process goes on."""
        for number in _SIGNALS:
            signal.signal(number, self._received)

    def hold(self) -> None:
        self._raises = False

    def attempt(self, work: Callable[[], object], *, is_slow: bool = False) -> BaseException | None:
        """Hold, and do `work`; why it failed, None where it did not. A signal still ends what `is_slow`."""
        self.hold()
        try:
            try:
                self._raises = is_slow
                if is_slow and self._was_seen:
                    raise KeyboardInterrupt
                work()
            finally:
                self._raises = False
        except (Exception, KeyboardInterrupt) as error:  # the signal may come in the `finally`, too
            return error
        return None

    def _received(self, *_: object) -> None:
        self._was_seen = True
        if self._raises:
            self._raises = False  # a second one does not break off what the first one leads to
            raise KeyboardInterrupt


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
