"""For commands about an account that need no file: which account, and what it has."""

from __future__ import annotations

import os

from defacto_webhooks.cli.console import Console
from defacto_webhooks.cli.invocation import Invocation
from defacto_webhooks.cli.loading import note_account, read_config
from defacto_webhooks.cli.options import DEFAULT_CONFIG, AccountOptions
from defacto_webhooks.config import Config
from defacto_webhooks.errors import UserError
from defacto_webhooks.session import open_session
from defacto_webhooks.signals import Signals
from defacto_webhooks.subscription import RemoteSubscription


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
    note_account(invocation, config)
    return config


def is_default_missing(account: AccountOptions) -> bool:
    """Whether no file was named and the default one does not exist."""
    return account.config == (DEFAULT_CONFIG,) and not DEFAULT_CONFIG.exists()


def read_subscriptions(config: Config, console: Console) -> tuple[RemoteSubscription, ...]:
    """What the account of `config` has. Raises UserError."""

    async def read() -> tuple[RemoteSubscription, ...]:
        async with open_session(config, say=console.note) as session:
            return await session.read()

    return Signals(console.note).run(read())
