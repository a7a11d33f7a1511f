"""`plan`: what `apply` would do."""

from __future__ import annotations

from pathlib import Path

import click

from defacto_webhooks.cli.console import Console
from defacto_webhooks.cli.options import TARGET, Where, formats, where
from defacto_webhooks.config import Config
from defacto_webhooks.errors import Exit, UserError
from defacto_webhooks.plan import Plan
from defacto_webhooks.render import formats_of
from defacto_webhooks.render.views import Plans


@click.command()
@where()
@TARGET
@formats(*formats_of(Plan))
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there are changes.  [default: off]")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Save the plan for `apply FILE`.  [default: not saved]"
)
@click.option("--show-unchanged", is_flag=True, help="List what stays as it is, too.  [default: off]")
@click.option("--all-environments", is_flag=True, help="Plan every environment.  [default: off]")
def plan(
    where: Where,
    target: tuple[str, ...],
    format_: str,
    detailed_exitcode: bool,
    out: Path | None,
    show_unchanged: bool,
    all_environments: bool,
) -> int:
    """Show what `apply` would change. Only reads.

    \b
    Example:
      defacto-webhooks plan -e sandbox
      defacto-webhooks plan --out review.plan
    """
    from defacto_webhooks.cli.boundary import tell
    from defacto_webhooks.cli.loading import load_config

    console = Console(where.color)
    if all_environments and _variable_says("environment"):
        where = where._replace(environment=None)  # set for other commands, not for this one
    if all_environments and (where.environment or out or where.api_url):
        raise UserError(
            "--all-environments goes with neither -e, --api-url nor --out", "leave one of them out"
        )
    configs, unread = _all_configs(where) if all_environments else ([load_config(where)], [])
    for config in configs:
        console.diagnostics(config.diagnostics)
    plans, errors = _plans(configs, target, out, console)
    errors = [*unread, *errors]
    if errors and not all_environments:
        raise errors[0]
    failed = {str(error.known["environment"]): error for error in errors}
    result = Plans(tuple(plans), failed) if all_environments else plans[0]
    console.show(result, format_, unchanged=show_unchanged)
    for name, error in failed.items():
        error.message = f"{name}: {error.message}"
        tell(error, console)
    if failed:
        return Exit.ERROR
    changes = any(not plan.is_empty for plan in plans)
    return Exit.CHANGES if detailed_exitcode and changes else Exit.DONE


def _variable_says(parameter: str) -> bool:
    from click.core import ParameterSource

    return click.get_current_context().get_parameter_source(parameter) is ParameterSource.ENVIRONMENT


def _all_configs(where: Where) -> tuple[list[Config], list[UserError]]:
    """What the file wants of each environment, and why that of some is not known: a variable is not set.

    Raises UserError where it can be said of none.
    """
    from defacto_webhooks.cli.loading import environment_names, load_config
    from defacto_webhooks.diagnostics import InvalidConfig

    names = environment_names(where)
    if not names:
        raise UserError("the file has no `environments:`", "leave out --all-environments")
    configs: list[Config] = []
    errors: list[UserError] = []
    for name in names:
        try:
            configs.append(load_config(where._replace(environment=name)))
        except UserError as error:
            error.known["environment"] = name
            errors.append(error)
    if not configs:
        found = [d for error in errors if isinstance(error, InvalidConfig) for d in error.diagnostics]
        raise InvalidConfig(found) if found else errors[0]
    return configs, errors


def _plans(
    configs: list[Config], targets: tuple[str, ...], out: Path | None, console: Console
) -> tuple[list[Plan], list[UserError]]:
    """The plans that could be made, and why the others could not."""
    import asyncio

    from defacto_webhooks.session import open_session
    from defacto_webhooks.signals import Signals

    plans: list[Plan] = []
    errors: list[UserError] = []

    async def one(config: Config) -> None:
        async with open_session(config, targets=targets) as session:
            plan = await session.first_plan()
            if out is not None:
                from defacto_webhooks.cli.files import write_whole
                from defacto_webhooks.plan import saved as planfile

                write_whole(out, planfile.dump(plan, session.key))
                console.note(f"Saved to {out}; `defacto-webhooks apply {out}` carries it out.")
            plans.append(plan)

    async def caught(config: Config) -> None:
        try:
            await one(config)
        except UserError as error:
            error.known["api_url"] = config.environment.api_url
            errors.append(error)

    async def everything() -> int:
        await asyncio.gather(*map(caught, configs))
        return Exit.DONE

    Signals(console.note).run(everything())
    order = [config.environment.name for config in configs]
    errors.sort(key=lambda error: order.index(str(error.known["environment"])))
    return sorted(plans, key=lambda plan: order.index(plan.environment)), errors
