"""The error boundary: nothing gets past it but an exit code."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress

import click

from defacto_webhooks.cli.app import group
from defacto_webhooks.cli.hints import UnknownWord, options_of
from defacto_webhooks.cli.invocation import Invocation
from defacto_webhooks.errors import Exit, UserError, explained


def run(argv: Sequence[str]) -> int:
    """Run a command line; the exit code. Nothing that a user, a network or a server causes is a traceback."""
    invocation = Invocation()
    code = _run(argv, invocation)
    with suppress(KeyboardInterrupt):
        invocation.close()
    return code


def _run(argv: Sequence[str], invocation: Invocation) -> int:
    try:
        code = group.main(
            args=list(argv) or ["--help"],
            prog_name="defacto-webhooks",
            standalone_mode=False,
            obj=invocation,
        )
    except click.ClickException as error:
        from defacto_webhooks.cli.options import read_output_options  # as in `_say`

        read_output_options(argv, invocation)
        return _fail(_usage(error), invocation)
    except (click.Abort, KeyboardInterrupt):
        return _fail(explained(KeyboardInterrupt()), invocation)
    except Exception as error:
        _check_output()
        return _fail(explained(error), invocation)
    return int(code or Exit.DONE) if argv else Exit.ERROR


def _fail(error: UserError, invocation: Invocation) -> int:
    with suppress(KeyboardInterrupt):  # the exit code stays true, whatever could still be said
        _say(error, invocation)
    return error.exit_code


def _say(error: UserError, invocation: Invocation) -> None:
    # Here, as `--help` has no use for what it imports.
    from defacto_webhooks.cli.failure import document, tell
    from defacto_webhooks.render.format import Syntax

    tell(error, invocation.console)
    if invocation.format == "json":
        with suppress(UserError):  # standard output itself may be what is wrong
            invocation.console.result(document(error, invocation), Syntax.JSON)
    if invocation.debug:
        _trace(error)


def _usage(error: click.ClickException) -> UserError:
    context = getattr(error, "ctx", None)
    hint = options_of(context) if context else ""
    hint = error.hint if isinstance(error, UnknownWord) else hint
    return UserError(" ".join(error.format_message().split()), hint)  # click lists choices one a line


def _check_output() -> None:
    """It may be the help that could not be written, which click prints by itself."""
    from defacto_webhooks.cli.console import abandon  # as in `_say`

    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        abandon(sys.stdout)


def _trace(error: BaseException) -> None:
    """Where it happened, without the texts of the exceptions: a library may quote a secret in them."""
    for inner in getattr(error, "exceptions", ()):  # of a group
        _trace(inner)
    if error.__cause__ is not None:
        _trace(error.__cause__)
    for frame in traceback.extract_tb(error.__traceback__):
        click.echo(f"  {frame.filename}:{frame.lineno} in {frame.name}", err=True)
    click.echo(f"  {type(error).__name__}", err=True)
