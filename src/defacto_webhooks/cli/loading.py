"""The files and the environment → the desired state."""

from __future__ import annotations

import os

from defacto_webhooks import config
from defacto_webhooks.cli.options import DEFAULT_CONFIG, Where
from defacto_webhooks.config import Config
from defacto_webhooks.errors import UserError


def load_config(
    where: Where, *, check_only: bool = False, without_variables: bool = False, account_only: bool = False
) -> Config:
    """The files of `where`. Raises UserError."""
    return config.load(
        where.config,
        environment=where.environment,
        environ=os.environ,
        env_files=where.env_file,
        api_url=where.api_url,
        check_only=check_only,
        without_variables=without_variables,
        account_only=account_only,
    )


def load_account(where: Where, *, account_only: bool = False) -> Config:
    """As `load_config`, but a file that is not there is no error where the account is named without it.

    With `account_only`, what the files want of the account need not be right, nor its variables set.
    """
    named = where.api_url or os.environ.get("DEFACTO_API_URL")
    if where.config == (DEFAULT_CONFIG,) and not DEFAULT_CONFIG.exists():
        if not named:
            raise UserError(
                f"{DEFAULT_CONFIG} does not exist, and nothing else says which account is meant",
                "name a file with -c, or give --api-url (or DEFACTO_API_URL) and DEFACTO_API_KEY",
            )
        where = where._replace(config=())
    return load_config(where, account_only=account_only)


def environment_names(where: Where) -> tuple[str, ...]:
    """The environments of the files of `where`. Raises UserError."""
    return config.environment_names(where.config)
