"""The one place where an error becomes words and an exit code."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from defacto_webhooks.errors import Exit, UserError, explained

if TYPE_CHECKING:
    from collections.abc import Sequence

    from defacto_webhooks.cli.console import Console


def run(argv: Sequence[str]) -> int:
    """Run a command line; the exit code. Nothing that a user, a network or a server causes is a traceback."""
    from defacto_webhooks.cli.main import group

    try:
        code = group.main(args=list(argv) or ["--help"], prog_name="defacto-webhooks", standalone_mode=False)
    except click.ClickException as error:
        return _usage(error, argv)
    except (click.Abort, KeyboardInterrupt):
        _console(argv).error("interrupted; nothing was changed")
        return Exit.INTERRUPTED
    except Exception as error:
        _check_output()
        return _say(explained(error), argv)
    return int(code or Exit.DONE) if argv else Exit.ERROR


def _usage(error: click.ClickException, argv: Sequence[str]) -> int:
    context = getattr(error, "ctx", None)
    hint = f"`{context.command_path} --help` shows how it is used" if context else ""
    message = " ".join(error.format_message().split())  # click lists choices one a line
    return _say(UserError(message, hint), argv)


def tell(error: UserError, console: Console) -> None:
    """Say it on standard error, with all findings where it is about the file."""
    from defacto_webhooks.diagnostics import InvalidConfig

    if isinstance(error, InvalidConfig):
        console.diagnostics(error.diagnostics)
    console.error(error.message, error.hint)


def _check_output() -> None:
    """It may be the help that could not be written, which click prints by itself."""
    from defacto_webhooks.cli.console import abandon_output

    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        abandon_output()


def _say(error: UserError, argv: Sequence[str]) -> int:
    console = _console(argv)
    tell(error, console)
    if _wants_json(argv):
        from defacto_webhooks.render.views import Failure

        with suppress(UserError):  # standard output itself may be what is wrong
            console.show(Failure(error, error.known), "json")
    if "--debug" in argv:
        _trace(error)
    return error.exit_code


def _trace(error: BaseException) -> None:
    """Where it happened, without the texts of the exceptions: a library may quote a secret in them."""
    import traceback

    for inner in getattr(error, "exceptions", ()):  # of a group
        _trace(inner)
    if error.__cause__ is not None:
        _trace(error.__cause__)
    for frame in traceback.extract_tb(error.__traceback__):
        click.echo(f"  {frame.filename}:{frame.lineno} in {frame.name}", err=True)
    click.echo(f"  {type(error).__name__}", err=True)


def _console(argv: Sequence[str]) -> Console:
    from itertools import pairwise

    from defacto_webhooks.cli.console import Console

    color = "auto"
    for option, value in pairwise([*argv, ""]):
        if option == "--color":
            color = value
        elif option.startswith("--color="):
            color = option.removeprefix("--color=")
    return Console(color)


def _wants_json(argv: Sequence[str]) -> bool:
    """From the words themselves, as they may not even be parseable."""
    from itertools import pairwise

    return "--format=json" in argv or ("--format", "json") in pairwise(argv)
