"""From the account to the files of an export."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from defacto_webhooks.adopt.export import Export, export
from defacto_webhooks.adopt.variables import env_file
from defacto_webhooks.cli.console import Console
from defacto_webhooks.cli.files import already_there, write_new
from defacto_webhooks.cli.loading import load_account
from defacto_webhooks.cli.options import DEFAULT_CONFIG, Where
from defacto_webhooks.errors import Exit, UserError
from defacto_webhooks.phrases import plural
from defacto_webhooks.redaction.printable import line
from defacto_webhooks.session import open_session
from defacto_webhooks.signals import Signals
from defacto_webhooks.subscription import RemoteSubscription


def run(where: Where, output: Path | None, write_env: Path | None, console: Console, *, reveal: bool) -> None:
    """Read the account and write `output` (None: standard output) and `write_env`. Raises UserError."""
    for path in (output, write_env):
        if path is not None and path.is_file():
            raise already_there(path)  # before the account is read; write_new makes sure
    if output is not None and output == write_env:
        raise UserError("-o and --write-env name the same file", "one is the file, the other its secrets")
    exported = read(where, console, reveal=reveal)
    if write_env is not None:
        write_new(write_env, env_text(exported), mode=0o600)
    try:
        if output is None:
            console.result(exported.text.rstrip("\n"))
        else:
            write_new(output, exported.text, mode=0o600 if reveal else 0o644)
    except UserError:
        if write_env is not None and write_env.is_file():
            write_env.unlink()  # both or none, so that the same command can be run again
        raise
    if write_env is not None:
        count = plural(len(exported.variables), "variable")
        console.note(f"{write_env} is written: {count}, readable to you alone. Keep it out of git.")
    if output is not None:
        console.note(f"{output} is written.")
    tell(exported, output, write_env, console)


def read(where: Where, console: Console, *, reveal: bool = False) -> Export:
    """The account that `where` names, as a file. Raises UserError."""
    config = load_account(where, account_only=True)
    account: list[RemoteSubscription] = []

    async def reading() -> int:
        async with open_session(config) as session:
            account.extend(await session.read())
        return Exit.DONE

    Signals(console.note).run(reading())
    return export(account, config.environment, config.settings, os.environ, reveal=reveal)


def env_text(exported: Export) -> str:
    """The env file, as text that certainly reads back as the same values. Raises UserError."""
    from io import StringIO

    from dotenv import dotenv_values

    text = env_file(exported.variables)
    wanted = {variable.name: variable.value.reveal() for variable in exported.variables}
    if dotenv_values(stream=StringIO(text), interpolate=False) != wanted:
        raise UserError("the API key can't be written into an env file", "leave --write-env out")
    return text


def tell(exported: Export, output: Path | None, write_env: Path | None, console: Console) -> None:
    """What a reader should know, has to set, and where there is a file does next."""
    for remark in exported.remarks:
        console.note(f"Note: {remark}.")
    missing = [variable for variable in exported.variables if variable.name not in os.environ]
    if missing and write_env is None:
        console.note("To set before the next plan:")
        console.note("\n".join(_aligned([(one.name, line(one.purpose)) for one in missing])))
    if output is None:
        return
    words = ["defacto-webhooks", "plan"]
    if output != DEFAULT_CONFIG:
        words += ["-c", str(output)]
    if write_env is not None:
        words += ["--env-file", str(write_env)]
    console.note(f"Next: {line(shlex.join(words))}")


def _aligned(rows: Sequence[tuple[str, str]]) -> Sequence[str]:
    width = max(len(name) for name, _ in rows)
    return [f"  {name:<{width}}  {purpose}" for name, purpose in rows]
