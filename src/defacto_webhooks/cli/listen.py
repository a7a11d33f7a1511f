"""`listen`: a receiver that prints, stores and shows what comes, and can wait for certain events."""

from __future__ import annotations

from pathlib import Path

import click

from defacto_webhooks.cli.options import COLOR, DEBUG, formats
from defacto_webhooks.cli.serving import HOST, db, port


@click.command()
@port(8025)
@HOST
@db(Path(".defacto-webhooks/inbox.db"))
@click.option(
    "--expect",
    multiple=True,
    metavar="EVENT",
    help="End well once this event type, or a glob, has come. May be repeated.  [default: none]",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="S",
    help="End after so many seconds.  [default: never]",
)
@formats("text", "json")
@click.option(
    "--token",
    metavar="TOKEN",
    envvar="DEFACTO_WEBHOOKS_TOKEN",
    show_envvar=True,
    help="Refuse callers without it in their query; better in the variable, too.  [default: none]",
)
@click.option(
    "--slack-url",
    metavar="URL",
    envvar="DEFACTO_WEBHOOKS_SLACK_URL",
    show_envvar=True,
    help="Pass notifications on to this Slack webhook or workflow. Better in the"
    " variable: others on this machine see arguments.  [default: none]",
)
@COLOR
@DEBUG
def listen(
    port: int,
    host: str,
    db: Path,
    expect: tuple[str, ...],
    timeout: float | None,
    format_: str,
    token: str | None,
    slack_url: str | None,
    color: str,
    debug: bool,  # noqa: ARG001 - the error boundary reads --debug
) -> int:
    """Receive notifications, print them, show them on a page.

    Takes a POST to any path, answers 204 at once, and prints one line for
    each. With --expect it is an end-to-end check: exit code 0 once all have
    come, 1 naming what is missing when the time is up. Repeats count once.

    \b
    Example:
      defacto-webhooks listen --expect Invoice.SUBMITTED \\
        --expect Invoice.VERIFIED --timeout 60
    """
    from defacto_webhooks.cli.console import Console
    from defacto_webhooks.cli.listening import Listening, Wish
    from defacto_webhooks.errors import UserError
    from defacto_webhooks.redaction import Secret
    from defacto_webhooks.signals import Signals

    if token == "":
        raise UserError(
            "the token is empty, so that everybody would have it", "leave --token out, or fill it"
        )
    console = Console(color)
    wish = Wish(
        port=port,
        host=host,
        db=db,
        expected=expect,
        timeout_s=timeout,
        as_json=format_ == "json",
        token=None if token is None else Secret(token),
    )
    slack = None
    if slack_url is not None:
        from defacto_webhooks import slack as slack_room

        slack = slack_room.Forwarder(slack_room.slack_url(slack_url), console.note)
    return Signals(console.note).run(Listening(wish, slack, console).run())
