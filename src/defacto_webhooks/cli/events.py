"""`events`: the event type catalogue, or who receives what of it."""

from __future__ import annotations

import click

from defacto_webhooks.cli.invocation import Invocation
from defacto_webhooks.cli.list import read_subscriptions
from defacto_webhooks.cli.loading import load_account
from defacto_webhooks.cli.options import AccountOptions, account_options, command, formats
from defacto_webhooks.events import AS_OF, CATALOGUE, RETIRED, SOURCE
from defacto_webhooks.render import formats_of
from defacto_webhooks.render.views import Catalogue, Receivers


@command()
@formats(*formats_of(Catalogue))
@click.option("--subscribed", is_flag=True, help="Show which URL receives which event types in the account.")
@account_options
def events(invocation: Invocation, account: AccountOptions, format_: str, subscribed: bool) -> None:
    """List Defacto's event types, and what each means.

    With --subscribed it reads the account and shows which URL receives which of
    them, so that gaps and double deliveries stand out. Without it, it needs
    neither a file nor an account.

    \b
    Example:
      defacto-webhooks events --format json
      defacto-webhooks events --subscribed -e production
    """
    console = invocation.console
    if subscribed:
        config = load_account(invocation, account, account_only=True)
        found = read_subscriptions(config, console)
        console.show(Receivers.of(config.environment.name, found, config.settings.extra_event_types), format_)
    else:
        console.show(Catalogue(CATALOGUE, RETIRED, SOURCE, AS_OF), format_)
