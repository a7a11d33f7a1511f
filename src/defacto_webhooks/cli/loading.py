"""Loads the files and the account that the options name (-c, -e, --api-url, --env-file …)."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from defacto_webhooks.cli.invocation import Invocation
from defacto_webhooks.cli.options import DEFAULT_CONFIG, AccountOptions
from defacto_webhooks.config import Config, load
from defacto_webhooks.diagnostics import WITHOUT_A_VALUE, InvalidConfig
from defacto_webhooks.errors import UserError


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
        env_file = next((path for path in _env_files_beside(account) if _helps(read, path, error)), None)
        if env_file is None:
            raise
        advice = f"{env_file} has variables that are missing: add `--env-file {shlex.quote(str(env_file))}`"
        if isinstance(error, InvalidConfig):
            raise InvalidConfig(error.diagnostics, advice) from None
        raise UserError(error.message, f"{advice}; {error.hint}") from None


def _env_files_beside(account: AccountOptions) -> Iterable[Path]:
    """The `.env` beside each file, and in the working directory, without those that are named already.

    None where one of those is a pipe: what was read of it is gone, so there is no telling what would help.
    """
    if not all(path.is_file() for path in account.env_file):
        return []
    folders = [path if path.is_dir() else path.parent for path in account.config]
    found = dict.fromkeys(folder / ".env" for folder in (*folders, Path()))
    return [path for path in found if path.is_file() and path not in account.env_file]


def _helps(read: Callable[..., Config], env_file: Path, error: UserError) -> bool:
    """Whether fewer places lack a value with this file, too."""
    try:
        read(env_file)
    except UserError as still:
        return _lacking(still) < _lacking(error)
    return True


def _lacking(error: UserError) -> int:
    """How many places lack a value; more than any where nothing can be read."""
    if not isinstance(error, InvalidConfig):
        return sys.maxsize
    return sum(one.code in WITHOUT_A_VALUE for one in error.diagnostics)


def load_config(invocation: Invocation, account: AccountOptions) -> Config:
    """As `read_config`, for a command about one account: shows the warnings. Raises UserError."""
    config = read_config(account)
    invocation.account = config.environment
    invocation.console.diagnostics(config.diagnostics)
    return config


def load_account(invocation: Invocation, account: AccountOptions, *, account_only: bool = False) -> Config:
    """As `read_config`, but the file may be missing where the options name the account without it.

    With `account_only`, what the files want of the account need not be right, nor its variables set.
    """
    if is_default_missing(account):
        if not (account.api_url or os.environ.get("DEFACTO_API_URL")):
            raise UserError(
                f"{DEFAULT_CONFIG} does not exist, and no --api-url says which account to use",
                "name a file with -c, or pass --api-url, set DEFACTO_API_URL and DEFACTO_API_KEY; "
                "`defacto-webhooks init` writes a starter file",
            )
        account = account._replace(config=())
    config = read_config(account, account_only=account_only)
    invocation.account = config.environment
    return config


def is_default_missing(account: AccountOptions) -> bool:
    """Whether no file was named and the default one does not exist."""
    return account.config == (DEFAULT_CONFIG,) and not DEFAULT_CONFIG.exists()
