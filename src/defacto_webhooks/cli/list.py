"""`list`: the account's subscriptions as they are now."""

from __future__ import annotations

import click

from defacto_webhooks.cli.console import Console
from defacto_webhooks.cli.invocation import Invocation
from defacto_webhooks.cli.loading import load_account
from defacto_webhooks.cli.options import AccountOptions, account_options, command, formats
from defacto_webhooks.config import Config
from defacto_webhooks.render import formats_of
from defacto_webhooks.render.views import Listing
from defacto_webhooks.session import open_session
from defacto_webhooks.signals import Signals
from defacto_webhooks.subscription import RemoteSubscription


@command("list")
@formats(*formats_of(Listing))
@click.option("--reveal-secrets", is_flag=True, help="Show full URLs, secrets included.")
@account_options
def list_(invocation: Invocation, account: AccountOptions, format_: str, reveal_secrets: bool) -> None:
    """Show the account's subscriptions as they are now.

    \b
    Example:
      defacto-webhooks list -e production
    """
    config = load_account(invocation, account)
    remotes = sorted(
        read_subscriptions(config, invocation.console), key=lambda remote: (remote.content.name, remote.id)
    )
    shown = Listing(config.environment.name, tuple(remotes), reveal_secrets)
    invocation.console.show(shown, format_)


def read_subscriptions(config: Config, console: Console) -> tuple[RemoteSubscription, ...]:
    """What the account of `config` has. Raises UserError."""

    async def read() -> tuple[RemoteSubscription, ...]:
        async with open_session(config, say=console.note) as session:
            return await session.api.list_subscriptions()

    return Signals(console.note).run(read())
