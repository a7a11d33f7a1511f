"""One run of a command, as far as it is known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

# On use, as the console can render everything there is, and `--help` does without.
if TYPE_CHECKING:
    from defacto_webhooks.cli.console import Console
    from defacto_webhooks.config import Environment


@dataclass
class Invocation:
    """Filled in by the shared options and by the command; the error boundary reads it where one fails.

    `account` is there as soon as the command knows which one it is.
    """

    color: str = "auto"
    format: str = "text"
    one_line: bool = False  # the JSON is one document a line, so that of an error is one, too
    debug: bool = False
    account: Environment | None = None

    @cached_property
    def console(self) -> Console:
        from defacto_webhooks.cli.console import Console  # as above

        return Console(self.color)

    def print_in_background(self) -> Console:
        """The console from here on: whoever stops reading what is printed holds up nothing."""
        from defacto_webhooks.cli.background_console import BackgroundConsole  # as above

        self.console = BackgroundConsole(self.color)
        return self.console

    def close(self) -> None:
        """Prints what is not printed yet."""
        if "console" in self.__dict__:  # else nothing was printed
            self.console.close()
