"""The files and the environment → the desired state."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from defacto_webhooks.cli.options import DEFAULT_CONFIG
from defacto_webhooks.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from defacto_webhooks.cli.options import Where
    from defacto_webhooks.config import Config


def load_config(where: Where, **how: bool) -> Config:
    """The files of `where`. Raises UserError."""
    from defacto_webhooks.config import load

    return load(
        where.config,
        environment=where.environment,
        environ=os.environ,
        env_file=_env_files(where.env_file),
        api_url=where.api_url,
        **how,
    )


def load_account(where: Where) -> Config:
    """Which account the files of `where` name; what they want of it need not be right, nor its variables set.

    A file that is not there is no error where the account is named without it. Raises UserError.
    """
    named = where.api_url or os.environ.get("DEFACTO_API_URL")
    if where.config == (DEFAULT_CONFIG,) and not DEFAULT_CONFIG.exists():
        if not named:
            raise UserError(
                f"{DEFAULT_CONFIG} does not exist, and nothing else says which account is meant",
                "name a file with -c, or give --api-url (or DEFACTO_API_URL) and DEFACTO_API_KEY",
            )
        where = where._replace(config=())
    return load_config(where, account_only=True)


def environment_names(where: Where) -> tuple[str, ...]:
    """The environments of the files of `where`. Raises UserError."""
    from defacto_webhooks import config

    return config.environment_names(where.config)


def _env_files(paths: tuple[Path, ...]) -> Mapping[str, str]:
    if not paths:
        return {}
    from dotenv import dotenv_values

    values: dict[str, str] = {}
    for path in paths:
        try:
            with path.open(encoding="utf-8-sig") as file:
                read = dotenv_values(stream=file, interpolate=False)
        except (OSError, UnicodeDecodeError):
            raise UserError(f"{path} can't be read", "check the name given to --env-file") from None
        values.update({name: value for name, value in read.items() if value is not None})
    return values
