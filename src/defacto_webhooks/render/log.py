"""Who reads what we print: a terminal, a file, or a CI provider that takes some lines for commands."""

from __future__ import annotations

from defacto_webhooks.render.format import Syntax
from defacto_webhooks.render.views import Diagnostics


class Log:
    """A reader that knows no commands. A provider's log overrides what it has a command for.

    All text that comes back may be printed as it is.
    """

    def harmless(self, text: str, _syntax: Syntax = Syntax.WORDS, /) -> str:
        """`text` without anything that would be taken for a command."""
        return text

    def group(self, _title: str, /) -> str:
        """Begins lines that can be folded; empty where they can't."""
        return ""

    def end_group(self) -> str:
        """Ends them."""
        return ""

    def findings(self, _findings: Diagnostics, /) -> str:
        """Findings at their places in the file, besides the text that is printed anyway."""
        return ""
