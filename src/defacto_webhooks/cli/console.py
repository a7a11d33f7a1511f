"""Where a command prints: its result on standard output, everything else on standard error."""

from __future__ import annotations

import codecs
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, Any, Final

import click

from defacto_webhooks.ci.providers import log
from defacto_webhooks.diagnostics import Diagnostic
from defacto_webhooks.errors import UserError
from defacto_webhooks.redaction.printable import line
from defacto_webhooks.render import FORMATS, render
from defacto_webhooks.render.format import Syntax
from defacto_webhooks.render.style import Style
from defacto_webhooks.render.views import Diagnostics
from defacto_webhooks.system import takes_more

_NO_TERMINAL = 100  # columns of a log or a file
_MOMENT_S = 0.5  # for a reader who is only slow


class Console:
    """`color` is auto, always or never; auto heeds NO_COLOR, FORCE_COLOR, TERM=dumb and pipes."""

    def __init__(self, color: str = "auto") -> None:
        self._color = color
        self._log = log(os.environ)

    def style(self, stream: IO[str] | None = None) -> Style:
        """How to render for `stream` (default: standard output)."""
        stream = stream or sys.stdout
        return Style(color=self._wants_color(stream), width=max(_width(stream), 20))

    def _wants_color(self, stream: IO[str] | None) -> bool:
        if self._color != "auto":
            return self._color == "always"
        if os.environ.get("NO_COLOR"):
            return False
        if os.environ.get("FORCE_COLOR"):
            return os.environ["FORCE_COLOR"] != "0"
        return is_terminal(stream) and os.environ.get("TERM") != "dumb"

    def show(self, value: Any, format_: str, *, unchanged: bool = False) -> None:
        """The result of the command, in the format of that name. Raises UserError as `result`."""
        style = self.style()._replace(unchanged=unchanged)
        self.result(render(value, format_, style), FORMATS[format_].syntax)

    def result(self, text: str, syntax: Syntax = Syntax.WORDS) -> None:
        """The result of the command. Raises UserError where it can't be written."""
        if not text:
            return
        if sys.stdout is None:
            raise UserError("can't write the result: standard output is closed")
        try:
            self._write(self._log.harmless(text, syntax), sys.stdout)
        except BrokenPipeError:
            abandon(sys.stdout)  # whoever read it has seen enough (`| head`)
        except OSError as error:
            abandon(sys.stdout)
            raise UserError(f"can't write the result: {(error.strerror or 'error').lower()}") from None

    def note(self, text: str) -> None:
        """Anything else. Never the reason that a command fails."""
        self._note(self._log.harmless(text))

    def _note(self, text: str) -> None:
        if text and sys.stderr is not None:
            with suppress(OSError):
                self._write(text, sys.stderr)

    def group(self, title: str, text: str) -> None:
        """As `note`; the log of a CI provider may fold it."""
        self._note(self._log.group(title, text))

    def error(self, message: str, hint: str = "") -> None:
        """What went wrong, and what to do."""
        style = self.style(sys.stderr)
        self.note(f"{style.paint('Error:', 'red', bold=True)} {line(message)}")
        if hint:
            self.note(style.wrap(line(hint), 2))

    def diagnostics(self, found: Sequence[Diagnostic]) -> None:
        """On standard error; a CI provider may show them at their places, too."""
        findings = Diagnostics(tuple(found))
        self.note(render(findings, "text", self.style(sys.stderr)))
        self._note(self._log.findings(findings))

    def close(self) -> None:
        """The end of everything that is printed."""

    def _write(self, text: str, stream: IO[str]) -> None:
        try:
            click.echo(encoded(f"{text}\n", stream), file=stream, nl=False, color=True)
        except KeyboardInterrupt:
            # Perhaps as nobody reads: the rest, and what is said next, would wait again.
            if not takes_more(stream.fileno(), _MOMENT_S):
                abandon(stream)
            raise


def abandon(stream: IO[str]) -> None:
    """It can't be written: Python would try again at exit, wait or complain, with an exit code of its own."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def is_terminal(stream: IO[str] | None) -> bool:
    return stream is not None and stream.isatty()


def _width(stream: IO[str] | None) -> int:
    """COLUMNS, or what the terminal behind `stream` says: the other stream may go elsewhere."""
    if stream is None:
        return _NO_TERMINAL
    try:
        told = int(os.environ.get("COLUMNS") or 0) or os.get_terminal_size(stream.fileno()).columns
    except (ValueError, OSError):
        return _NO_TERMINAL
    return told or _NO_TERMINAL  # some terminals say 0: they don't know


def encoded(text: str, stream: IO[str]) -> bytes:
    """`text` as `stream` takes it; what its encoding can't show is written out."""
    return text.encode(getattr(stream, "encoding", None) or "ascii", _AS_IN_JSON)


def _as_in_json(error: UnicodeError) -> tuple[str, int]:
    """As an escape: JSON stays the same JSON."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


_AS_IN_JSON: Final = "defacto-webhooks: as in JSON"
codecs.register_error(_AS_IN_JSON, _as_in_json)
