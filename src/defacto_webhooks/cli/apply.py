"""`apply`: make the account match, then prove it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import click

from defacto_webhooks.apply import Report
from defacto_webhooks.cli.console import Console, is_terminal
from defacto_webhooks.cli.failure import NotApplied
from defacto_webhooks.cli.invocation import Invocation
from defacto_webhooks.cli.loading import load_config
from defacto_webhooks.cli.options import TARGET, AccountOptions, account_options, command, formats
from defacto_webhooks.cli.show import read_plan
from defacto_webhooks.config import Config, Nameless
from defacto_webhooks.errors import UserError
from defacto_webhooks.plan import Plan
from defacto_webhooks.plan.guards import LIFTABLE
from defacto_webhooks.plan.saved import SavedPlan
from defacto_webhooks.render import formats_of, render
from defacto_webhooks.session import apply_plan, open_session
from defacto_webhooks.signals import Signals
from defacto_webhooks.system import line_typed

_MOMENT = 30  # steps that are done before anyone looks for a progress bar


@command()
@click.argument("planfile", required=False, type=click.Path(path_type=Path))
@click.option("-y", "--auto-approve", is_flag=True, help="Apply without asking.")
@formats(*formats_of(Report))
@TARGET
@click.option(
    "--allow",
    multiple=True,
    type=click.Choice(LIFTABLE),
    metavar="GUARD",
    help=f"Lift a guard. May be repeated.  [{' | '.join(LIFTABLE)}]",
)
@click.option(
    "--parallelism",
    type=click.IntRange(1, 100),
    metavar="N",
    default=10,
    show_default=True,
    help="Send at most this many requests at once.",
)
@click.option("--expect", metavar="FINGERPRINT", help="Apply only if the plan has this fingerprint.")
@account_options
def apply(
    invocation: Invocation,
    account: AccountOptions,
    planfile: Path | None,
    auto_approve: bool,
    format_: str,
    target: tuple[str, ...],
    allow: tuple[str, ...],
    parallelism: int,
    expect: str | None,
) -> int:
    """Make the account match the file, then prove it.

    A fresh read is the proof. New subscriptions are created and seen before
    old ones are deleted, so no event that the file wants is lost. A PLANFILE
    from `plan --out` is the approval for exactly what it shows.

    \b
    Example:
      defacto-webhooks apply -e production
      defacto-webhooks apply -y --expect 1f0e…
    """
    console = invocation.console
    signals = Signals(console.note)
    requests = 0

    async def work(config: Config, saved: SavedPlan | None, targets: tuple[str, ...]) -> Report:
        nonlocal requests
        async with (
            open_session(config, targets=targets, parallelism=parallelism, say=console.note) as session,
            AsyncExitStack() as stack,
        ):

            def begin(plan: Plan) -> Callable[[int], None]:
                signals.from_now_on_stop(session.stop)
                return stack.enter_context(_progress(len(plan.steps), console))

            try:
                if saved is not None:
                    saved.verify(config.environment.name, config.environment.api_url or "", session.key)
                is_approved = saved is not None or auto_approve
                return await apply_plan(
                    session,
                    approved=saved.steps if saved else None,
                    expected=expect,
                    allowed=allow,
                    show=lambda plan: _show_plan(plan, console),
                    confirm=None if is_approved else lambda plan: _confirmed(plan, console),
                    begin=begin,
                )
            finally:
                requests = session.api.requests

    try:
        saved = None
        if planfile is not None:
            if target or expect:
                raise UserError(
                    "a plan file has its own targets and steps", "leave out --target and --expect"
                )
            saved = read_plan(planfile)
            account, target = _bound_to(saved, account), saved.targets
        config = load_config(invocation, account)
        report = signals.run(work(config, saved, target))
    except KeyboardInterrupt:
        raise NotApplied(signals.interrupted(), invocation, requests) from None
    except Exception as error:
        raise NotApplied(error, invocation, requests) from error
    _show_report(report, format_, console)
    return report.exit_code


def _bound_to(saved: SavedPlan, account: AccountOptions) -> AccountOptions:
    """The environment of the plan file; naming another one is a mistake."""
    if account.environment not in {None, saved.environment}:
        raise UserError(
            f"the plan file is for environment {saved.environment!r}, not {account.environment!r}",
            "leave out -e",
        )
    return account._replace(
        environment=None if isinstance(saved.environment, Nameless) else saved.environment
    )


def _show_plan(plan: Plan, console: Console) -> None:
    text = render(plan, "text", console.style(sys.stderr))
    console.group(f"Plan for {plan.environment}", f"{text}\n")


async def _confirmed(plan: Plan, console: Console) -> bool:
    """Ask. Waiting for the terminal in the loop, so that Ctrl-C ends the question."""
    if not is_terminal(sys.stdin):
        raise UserError(
            "there is no terminal to ask on; nothing was changed",
            "give -y, or apply a plan file from `plan --out`",
        )
    style = console.style(sys.stderr)
    question = style.paint(f"Apply this to {plan.environment}? Only `yes` is accepted:", bold=True)
    click.echo(f"{question} ", err=True, nl=False, color=True)
    return (await line_typed(sys.stdin)).strip() == "yes"


@contextmanager
def _progress(steps: int, console: Console) -> Iterator[Callable[[int], None]]:
    if steps < _MOMENT or not is_terminal(sys.stderr):
        yield lambda _: None
        return
    color = console.style(sys.stderr).color
    with click.progressbar(length=steps, label="Applying", file=sys.stderr, color=color) as bar:
        yield lambda done: bar.update(done - bar.pos)


def _show_report(report: Report, format_: str, console: Console) -> None:
    """What was done is done: that it can't be written does not change the exit code."""
    try:
        console.show(report, format_)
    except UserError as error:
        console.error(error.message, error.hint)
    except KeyboardInterrupt:
        console.error("interrupted while the report was written; the exit code is that of the apply")
