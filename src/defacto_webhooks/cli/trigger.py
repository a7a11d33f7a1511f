"""`trigger invoice`: an invoice out of the generator, so that notifications flow."""

from __future__ import annotations

import click

from defacto_webhooks.cli.options import Where, where


@click.command()
@click.argument("what", type=click.Choice(["invoice"]))
@where()
@click.option(
    "--scenario",
    type=click.Choice(["SUCCESS", "SUCCESS_ONE_DAY_LATER", "REJECT", "FAIL"]),
    default="SUCCESS",
    show_default=True,
    help="What becomes of it: VERIFIED at once or a day later, or TO_EDIT.",
)
@click.option("--wait", is_flag=True, help="Wait until it is VERIFIED, or TO_EDIT.  [default: off]")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=120.0,
    show_default=True,
    metavar="S",
    help="How many seconds to wait at most.",
)
def trigger(what: str, where: Where, scenario: str, wait: bool, timeout: float) -> int:  # noqa: ARG001 - one value
    """Create an invoice so that notifications flow.

    Has the sandbox make one up, and submits it. Only towards the embedded API,
    one on this machine, or Defacto's sandbox: production is refused. On the
    embedded API it always waits, and shows what was delivered.

    Exit code 3: the invoice exists, or may exist, but was not seen VERIFIED.

    \b
    Example:
      defacto-webhooks trigger invoice -e sandbox --wait
    """
    from defacto_webhooks.cli.console import Console
    from defacto_webhooks.cli.loading import load_account
    from defacto_webhooks.cli.triggering import Triggering, Wish, check_harmless

    config = load_account(where)
    check_harmless(config.environment)
    wish = Wish(scenario=scenario, wait=wait or config.environment.is_embedded, timeout_s=timeout)
    return Triggering(config, wish, Console(where.color)).run()
