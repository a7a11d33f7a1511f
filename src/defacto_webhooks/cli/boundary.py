"""The one place where an error becomes words and an exit code."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import click

from defacto_webhooks.errors import Exit, UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from defacto_webhooks.cli.console import Console


def run(argv: Sequence[str]) -> int:
    """Run a command line; the exit code. Nothing that a user, a network or a server causes is a traceback."""
    from defacto_webhooks.cli.main import group

    try:
        code = group.main(args=list(argv), prog_name="defacto-webhooks", standalone_mode=False)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        return _usage(error, argv)
    except (click.Abort, KeyboardInterrupt):
        _console(argv).error("interrupted; nothing was changed")
        return Exit.INTERRUPTED
    except Exception as error:
        return _failed(error, argv)
    return int(code or Exit.DONE)


def _usage(error: click.ClickException, argv: Sequence[str]) -> int:
    context = getattr(error, "ctx", None)
    hint = f"`{context.command_path} --help` shows how it is used" if context else ""
    return _say(UserError(error.format_message(), hint), argv)


def _failed(error: Exception, argv: Sequence[str]) -> int:
    if isinstance(error, UserError):
        return _say(error, argv)
    message = f"this is a mistake in defacto-webhooks ({type(error).__name__}), not yours"
    code = _say(UserError(message, "run it again with --debug and report what it shows"), argv)
    if "--debug" in argv:
        _trace(error)
    return code


def _say(error: UserError, argv: Sequence[str]) -> int:
    from defacto_webhooks.diagnostics import InvalidConfig

    console = _console(argv)
    known = {}
    if isinstance(error, InvalidConfig):
        from defacto_webhooks.render import diagnostics

        console.diagnostics(error.diagnostics)
        known = {"diagnostics": diagnostics.document(error.diagnostics)["diagnostics"]}
    console.error(error.message, error.hint)
    if _wants_json(argv):
        from defacto_webhooks.render import json

        with suppress(UserError):  # standard output itself may be what is wrong
            console.result(json.text(json.error_document(error, known)))
    if "--debug" in argv:
        _trace(error)
    return error.exit_code


def _trace(error: BaseException) -> None:
    """Where it happened, without the texts of the exceptions: a library may quote a secret in them."""
    import traceback

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
