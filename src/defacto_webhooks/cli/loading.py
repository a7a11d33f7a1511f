"""The files and the environment → the desired state."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from defacto_webhooks.cli.options import DEFAULT_CONFIG, Where
from defacto_webhooks.config import Config
from defacto_webhooks.errors import UserError


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
    from defacto_webhooks import config

    return config.environment_names(where.config)


def _env_files(paths: tuple[Path, ...]) -> Mapping[str, str]:
    if not paths:
        return {}
    from dotenv.parser import parse_stream  # the one behind `dotenv_values`, which only logs what is wrong

    values: dict[str, str] = {}
    for path in paths:
        try:
            with path.open(encoding="utf-8-sig") as file:
                read = list(parse_stream(file))
        except (OSError, UnicodeDecodeError):
            raise UserError(f"{path} can't be read", "check the name given to --env-file") from None
        for binding in read:
            if binding.error:
                # Its column is not known, and its text may be a secret.
                raise UserError(
                    f"{path}:{binding.original.line}: this is no NAME=value, or a quote in it is not closed",
                    "put a value with spaces or quotes into single quotes",
                )
            if binding.key is not None and binding.value is not None:
                values[binding.key] = binding.value
    return values
