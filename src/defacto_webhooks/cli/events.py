"""`events`: the event type catalogue, and who receives what of it."""

from __future__ import annotations

import click

from defacto_webhooks.cli.console import Console
from defacto_webhooks.cli.loading import load_account
from defacto_webhooks.cli.options import Where, formats, where
from defacto_webhooks.errors import Exit
from defacto_webhooks.events import AS_OF, CATALOGUE, RETIRED, SOURCE
from defacto_webhooks.render import formats_of
from defacto_webhooks.render.receivers import Receivers
from defacto_webhooks.render.views import Catalogue
from defacto_webhooks.session import open_session
from defacto_webhooks.signals import Signals


@click.command()
@where()
@formats(*formats_of(Catalogue))
@click.option(
    "--subscribed", is_flag=True, help="Read the account: who receives what in it.  [default: the catalogue]"
)
def events(where: Where, format_: str, subscribed: bool) -> int:
    """List Defacto's event types, and what each means.

    With --subscribed it shows who receives which of them in the account, so
    that blind spots and double deliveries are seen at a glance. Without it,
    neither a file nor an account is needed.

    \b
    Example:
      defacto-webhooks events --format json
      defacto-webhooks events --subscribed -e production
    """
    console = Console(where.color)
    if subscribed:
        return _subscribed(where, format_, console)
    console.show(Catalogue(CATALOGUE, RETIRED, SOURCE, AS_OF), format_)
    return Exit.DONE


def _subscribed(where: Where, format_: str, console: Console) -> int:
    config = load_account(where, account_only=True)

    async def work() -> int:
        async with open_session(config) as session:
            remotes = await session.read()
        known = config.settings.extra_event_types
        console.show(Receivers.of(config.environment.name, remotes, known), format_)
        return Exit.DONE

    return Signals(console.note).run(work())
