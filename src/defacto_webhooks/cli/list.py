"""`list`: the account's subscriptions as they are now."""

from __future__ import annotations

import click

from defacto_webhooks.cli.options import Where, formats, where
from defacto_webhooks.errors import Exit
from defacto_webhooks.render import formats_of
from defacto_webhooks.render.views import Account


@click.command(name="list")
@where()
@formats(*formats_of(Account))
@click.option("--reveal-secrets", is_flag=True, help="Write URLs out in full.  [default: masked]")
def list_(where: Where, format_: str, reveal_secrets: bool) -> int:
    """Show the account's subscriptions as they are now.

    \b
    Example:
      defacto-webhooks list -e production
    """
    from defacto_webhooks.cli.console import Console
    from defacto_webhooks.cli.loading import load_account
    from defacto_webhooks.session import open_session
    from defacto_webhooks.signals import Signals

    console = Console(where.color)
    config = load_account(where)

    async def work() -> int:
        async with open_session(config) as session:
            account = await session.read()
        remotes = tuple(sorted(account, key=lambda remote: (remote.content.name, remote.id)))
        console.show(Account(config.environment.name, remotes, reveal_secrets), format_)
        return Exit.DONE

    return Signals(console.note).run(work())
