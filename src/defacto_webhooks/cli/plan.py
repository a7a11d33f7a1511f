"""`plan`: what `apply` would change."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Iterable
from pathlib import Path

import click

from defacto_webhooks.cli.console import Console
from defacto_webhooks.cli.failure import tell
from defacto_webhooks.cli.files import write_whole
from defacto_webhooks.cli.invocation import Invocation
from defacto_webhooks.cli.loading import load_config, read_config
from defacto_webhooks.cli.options import TARGET, AccountOptions, account_options, command, formats, is_typed
from defacto_webhooks.config import Config, environment_names
from defacto_webhooks.diagnostics import InvalidConfig
from defacto_webhooks.errors import Exit, UserError
from defacto_webhooks.plan import Plan, check_targets, known_names
from defacto_webhooks.plan.saved import SavedPlan, dump
from defacto_webhooks.redaction.printable import line
from defacto_webhooks.render import FORMATS, formats_of, render
from defacto_webhooks.render.format import Syntax
from defacto_webhooks.render.views import Plans
from defacto_webhooks.session import open_session, plan_account
from defacto_webhooks.signals import Signals


@command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Save the plan, for `apply FILE`.",
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there are changes.")
@formats(*formats_of(Plan))
@TARGET
@click.option("--show-unchanged", is_flag=True, help="Also list unchanged subscriptions.")
@click.option("--all-environments", is_flag=True, help="Plan every environment of the file.")
@account_options
def plan(
    invocation: Invocation,
    account: AccountOptions,
    out: Path | None,
    detailed_exitcode: bool,
    format_: str,
    target: tuple[str, ...],
    show_unchanged: bool,
    all_environments: bool,
) -> int:
    """Show what `apply` would change. Changes nothing.

    \b
    Example:
      defacto-webhooks plan -e sandbox
      defacto-webhooks plan --out review.plan
    """
    console = invocation.console
    if all_environments:
        if not is_typed("environment"):
            account = account._replace(environment=None)  # a variable is set for other commands
        if account.environment or account.api_url or out:
            raise UserError(
                "--all-environments can't be combined with -e, --api-url or --out", "leave one of them out"
            )
        shown = _all_environments(account, target, console)
        console.show(shown, format_, unchanged=show_unchanged)
        for name, error in shown.failed.items():
            tell(error, console, about=f"{name}: ")
        if shown.failed:
            return Exit.ERROR
        plans = shown.plans
    else:
        config = load_config(invocation, account)
        plan, key = Signals(console.note).run(plan_account(config, targets=target, say=console.note))
        if out is not None:
            for_people = [name for name in formats_of(SavedPlan) if FORMATS[name].syntax is Syntax.WORDS]
            style = console.style()._replace(color=False, unchanged=show_unchanged)
            write_whole(out, dump(plan, key, {name: render(plan, name, style) for name in for_people}))
            again = shlex.join(["defacto-webhooks", "apply", str(out), *_typed_again(account, config)])
            console.note(f"Saved to {out}. To carry it out: {line(again)}")
        console.show(plan, format_, unchanged=show_unchanged)
        plans = (plan,)
    has_changes = not all(plan.is_empty for plan in plans)
    return Exit.CHANGES if detailed_exitcode and has_changes else Exit.DONE


def _typed_again(account: AccountOptions, config: Config) -> Iterable[str]:
    """The options that were typed and that a plan file doesn't hold, for the command that applies it."""
    values: dict[str, Iterable[object]] = {
        "config": account.config,
        "api_url": [config.environment.shown_url],
        "env_file": account.env_file,
        "given": [f"{name}={value}" for name, value in account.given.items()],
        "trusted": account.trusted,
    }
    for option in click.get_current_context().command.params:
        name = option.name or ""
        if name in values and is_typed(name):
            yield from (word for value in values[name] for word in (option.opts[0], str(value)))


def _all_environments(account: AccountOptions, targets: tuple[str, ...], console: Console) -> Plans:
    """One that can't be planned does not hide the others. Raises UserError where none can be read, or where a
    target matches in none of them.
    """
    names = environment_names(account.config)
    if not names:
        raise UserError("the file has no `environments:`", "leave out --all-environments")
    configs, failed = _configs(account, names)
    for config in configs:
        console.diagnostics(config.diagnostics)
    plans: dict[str, Plan] = {}
    known: set[str] = set()

    async def planned(config: Config) -> None:
        name = config.environment.name
        try:
            async with open_session(config, targets=targets, say=console.note) as session:
                plans[name], current = await session.read_and_plan(check=False)
                known.update(known_names(config.webhooks, current))
        except UserError as error:
            failed[name] = error

    async def everything() -> None:
        await asyncio.gather(*map(planned, configs))

    Signals(console.note).run(everything())
    if not failed:  # what could not be read may have the name
        check_targets(targets, known)
    return Plans(
        tuple(plans[name] for name in names if name in plans),
        {name: failed[name] for name in names if name in failed},
    )


def _configs(account: AccountOptions, names: tuple[str, ...]) -> tuple[list[Config], dict[str, UserError]]:
    """What the file wants of each environment, and why that of some is not known: a variable is not set.

    Raises UserError where it is known of none.
    """
    configs: list[Config] = []
    errors: dict[str, UserError] = {}
    for name in names:
        try:
            configs.append(read_config(account._replace(environment=name)))
        except UserError as error:
            errors[name] = error
    if not configs:
        invalid = [error for error in errors.values() if isinstance(error, InvalidConfig)]
        found = [finding for error in invalid for finding in error.diagnostics]
        raise InvalidConfig(found) if found else next(iter(errors.values()))
    return configs, errors
