"""The command group."""

from __future__ import annotations

import click

from defacto_webhooks import __version__
from defacto_webhooks.cli.apply import apply
from defacto_webhooks.cli.demo import demo
from defacto_webhooks.cli.events import events
from defacto_webhooks.cli.list import list_
from defacto_webhooks.cli.listen import listen
from defacto_webhooks.cli.plan import plan
from defacto_webhooks.cli.sandbox import sandbox
from defacto_webhooks.cli.schema import schema
from defacto_webhooks.cli.trigger import trigger
from defacto_webhooks.cli.validate import validate


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    epilog="Start with: defacto-webhooks demo",
)
@click.version_option(__version__, prog_name="defacto-webhooks", message="%(prog)s %(version)s")
def group() -> None:
    """Webhook subscriptions of a Defacto account, kept as code.

    \b
    defacto-webhooks plan      shows what would change
    defacto-webhooks apply     makes the account match webhooks.yaml

    Exit codes: 0 done, 1 error and nothing was changed, 2 changes found
    (plan --detailed-exitcode), 3 an apply did not finish, 130 interrupted
    before anything was changed.
    """


for _command in (plan, apply, validate, list_, events, schema, demo, trigger, listen, sandbox):
    group.add_command(_command)
