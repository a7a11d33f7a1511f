"""From the options to what the files want."""

from __future__ import annotations

import os

from defacto_webhooks.cli.invocation import Invocation
from defacto_webhooks.cli.options import AccountOptions
from defacto_webhooks.config import Config, load


def read_config(
    account: AccountOptions,
    *,
    account_only: bool = False,
    check_only: bool = False,
    without_variables: bool = False,
) -> Config:
    """What the files of `account` want; the rest is as for `config.load`. Raises UserError."""
    return load(
        account.config,
        environment=account.environment,
        environ=os.environ,
        env_files=account.env_file,
        given=account.given,
        api_url=account.api_url,
        trusted=account.trusted,
        account_only=account_only,
        check_only=check_only,
        without_variables=without_variables,
    )


def load_config(invocation: Invocation, account: AccountOptions) -> Config:
    """As `read_config`, for a command about one account: shows the warnings. Raises UserError."""
    config = read_config(account)
    note_account(invocation, config)
    invocation.console.diagnostics(config.diagnostics)
    return config


def note_account(invocation: Invocation, config: Config) -> None:
    """For the JSON document of an error."""
    invocation.environment = config.environment.name
    invocation.api_url = config.environment.shown_url
