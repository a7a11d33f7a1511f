"""From the options to what the files want, and from a plan file to what was planned."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from defacto_webhooks.cli.invocation import Invocation
from defacto_webhooks.cli.options import AccountOptions
from defacto_webhooks.config import Config, load
from defacto_webhooks.diagnostics import Code, InvalidConfig
from defacto_webhooks.errors import UserError
from defacto_webhooks.plan.saved import SavedPlan
from defacto_webhooks.plan.saved import load as load_plan

_WITHOUT_A_VALUE: Final = {Code.MISSING_VARIABLE, Code.EMPTY_VARIABLE}


def read_config(
    account: AccountOptions,
    *,
    account_only: bool = False,
    check_only: bool = False,
    without_variables: bool = False,
) -> Config:
    """What the files of `account` want; the rest is as for `config.load`. Raises UserError."""

    def read(*more_env_files: Path) -> Config:
        return load(
            account.config,
            environment=account.environment,
            environ=os.environ,
            env_files=(*account.env_file, *more_env_files),
            given=account.given,
            api_url=account.api_url,
            trusted=account.trusted,
            account_only=account_only,
            check_only=check_only,
            without_variables=without_variables,
        )

    try:
        return read()
    except UserError as error:
        now = _missing(read)
        env_file = next((path for path in _env_files_beside(account) if _missing(read, path) < now), None)
        if env_file is not None:
            error.hint = f"{has_what_is_missing(str(env_file))}; {error.hint}"
            if isinstance(error, InvalidConfig):
                error.env_file = str(env_file)
        raise


def has_what_is_missing(env_file: str) -> str:
    """What to do where an env file that was not named has variables that are missing."""
    return f"{env_file} has variables that are missing: add `--env-file {shlex.quote(env_file)}`"


def _env_files_beside(account: AccountOptions) -> Iterable[Path]:
    """The `.env` beside each file, and in the working directory, without those that are named already."""
    folders = [path if path.is_dir() else path.parent for path in account.config]
    found = dict.fromkeys(folder / ".env" for folder in (*folders, Path()))
    return [path for path in found if path.is_file() and path not in account.env_file]


def _missing(read: Callable[..., Config], *env_files: Path) -> int:
    """How many places lack a value, read with these files, too; more than any where nothing can be read."""
    try:
        read(*env_files)
    except InvalidConfig as error:
        return sum(one.code in _WITHOUT_A_VALUE for one in error.diagnostics)
    except UserError:
        return sys.maxsize
    return 0


def load_config(invocation: Invocation, account: AccountOptions) -> Config:
    """As `read_config`, for a command about one account: shows the warnings. Raises UserError."""
    config = read_config(account)
    note_account(invocation, config)
    invocation.console.diagnostics(config.diagnostics)
    return config


def read_plan(path: Path) -> SavedPlan:
    """The plan file at `path`, as whoever wrote it last left it. Raises UserError."""
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError):
        raise UserError(
            f"the plan file {path} can't be read", "`defacto-webhooks plan --out FILE` writes one"
        ) from None
    return load_plan(content)


def note_account(invocation: Invocation, config: Config) -> None:
    """For the JSON document of an error."""
    invocation.environment = config.environment.name
    invocation.api_url = config.environment.shown_url
