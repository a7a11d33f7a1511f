"""Standard output for the result, standard error for everything else, and when to use colour."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING

import click

from defacto_webhooks.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from defacto_webhooks.diagnostics import Diagnostic, Severity
    from defacto_webhooks.render.style import Style


_NO_TERMINAL = 100  # columns of a log or a file


class Console:
    """`color` is auto, always or never; auto heeds NO_COLOR, FORCE_COLOR, TERM=dumb and pipes."""

    def __init__(self, color: str = "auto") -> None:
        self._color = color

    def style(self, stream: IO[str] | None = None) -> Style:
        """How to render for `stream` (default: standard output)."""
        from defacto_webhooks.render.style import Style

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

    def result(self, text: str, *, commands: bool = False) -> None:
        """The result of the command. Raises UserError where it can't be written.

        `commands`: `text` is commands for a GitHub runner. Nothing else may look like one there.
        """
        if not text:
            return
        text = text if commands else _harmless(text)
        if sys.stdout is None:
            raise UserError("the result can't be written: standard output is closed")
        try:
            _write(text, sys.stdout)
        except BrokenPipeError:
            abandon_output()  # whoever read it has seen enough (`| head`)
        except OSError as error:
            abandon_output()
            raise UserError(f"the result can't be written: {(error.strerror or 'error').lower()}") from None

    def note(self, text: str) -> None:
        """Anything else. Never the reason that a command fails."""
        self._note(_harmless(text))

    def _note(self, text: str) -> None:
        if sys.stderr is not None:
            with suppress(OSError):
                _write(text, sys.stderr)

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """What is noted in here is folded in the log of a GitHub workflow."""
        if not on_github():
            yield
            return
        from defacto_webhooks.render import github

        self._note(github.group(title))
        try:
            yield
        finally:
            self._note(github.END_GROUP)

    def annotate(self, severity: Severity, message: str) -> None:
        """A line; in a GitHub workflow an annotation, which its page shows."""
        from defacto_webhooks.redaction.printable import line
        from defacto_webhooks.render import github

        self._note(github.annotation(severity, message) if on_github() else line(message))

    def error(self, message: str, hint: str = "") -> None:
        """What went wrong, and what to do."""
        from defacto_webhooks.redaction.printable import line

        style = self.style(sys.stderr)
        self.note(f"{style.paint('Error:', 'red', bold=True)} {line(message)}")
        if hint:
            self.note(style.wrap(line(hint), 2))

    def diagnostics(self, found: Sequence[Diagnostic]) -> None:
        """On standard error; in a GitHub workflow also as annotations."""
        if not found:
            return
        from defacto_webhooks.render import diagnostics, github

        self.note(diagnostics.text(found, self.style(sys.stderr)))
        if on_github():
            self._note(github.diagnostics(found))


def abandon_output() -> None:
    """Standard output can't be written: Python would complain again at exit, with an exit code of its own."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def on_github() -> bool:
    """Whether a GitHub runner reads what is printed."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def _harmless(text: str) -> str:
    if not on_github():
        return text
    from defacto_webhooks.render import github

    return github.harmless(text)


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


def _write(text: str, stream: IO[str]) -> None:
    """Also where the locale can't show every character."""
    try:
        click.echo(text, file=stream, color=True)
    except UnicodeEncodeError:
        encoding = getattr(stream, "encoding", None) or "ascii"
        written_out = "".join(_as_in_json(character, encoding) for character in text)
        click.echo(written_out, file=stream, color=True)


def _as_in_json(character: str, encoding: str) -> str:
    """`character`, or its escape where `encoding` has none: JSON stays the same JSON."""
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        import json

        return json.dumps(character)[1:-1]
    return character
