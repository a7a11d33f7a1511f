"""`list`: the account's subscriptions as they are now."""

from __future__ import annotations

import click

from defacto_webhooks.cli.options import Where, formats, where
from defacto_webhooks.errors import Exit


@click.command(name="list")
@where()
@formats("text", "json")
@click.option("--reveal-secrets", is_flag=True, help="Write URLs out in full.  [default: masked]")
def list_(where: Where, format_: str, reveal_secrets: bool) -> int:
    """Show the account's subscriptions as they are now.

    \b
    Example:
      defacto-webhooks list -e production
    """
    from defacto_webhooks.cli.console import Console
    from defacto_webhooks.cli.loading import load_account
    from defacto_webhooks.render import json, text
    from defacto_webhooks.session import open_session
    from defacto_webhooks.signals import Signals

    console = Console(where.color)
    config = load_account(where)

    async def work() -> int:
        async with open_session(config) as session:
            account = await session.read()
        remotes = sorted(account, key=lambda remote: (remote.content.name, remote.id))
        if format_ == "json":
            document = json.subscriptions_document(config.environment.name, remotes, reveal=reveal_secrets)
            console.result(json.text(document))
        else:
            console.result(text.subscriptions(remotes, console.style(), reveal=reveal_secrets))
        return Exit.DONE

    return Signals(console.note).run(work())
