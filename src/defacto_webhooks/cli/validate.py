"""`validate`: check the file without any network."""

from __future__ import annotations

import click

from defacto_webhooks.cli.invocation import Invocation
from defacto_webhooks.cli.loading import read_config
from defacto_webhooks.cli.options import AccountOptions, account_options, command, formats
from defacto_webhooks.diagnostics import InvalidConfig, Severity, counted
from defacto_webhooks.errors import Exit
from defacto_webhooks.phrases import plural
from defacto_webhooks.redaction.printable import line
from defacto_webhooks.render import formats_of
from defacto_webhooks.render.views import Diagnostics


@command()
@formats(*formats_of(Diagnostics))
@click.option("--strict", is_flag=True, help="Fail on warnings, too.")
@click.option("--no-env", is_flag=True, help="Assume that every variable is set, for pre-commit and forks.")
@account_options
def validate(
    invocation: Invocation, account: AccountOptions, format_: str, strict: bool, no_env: bool
) -> int:
    """Check the file offline, and report everything that is wrong.

    \b
    Example:
      defacto-webhooks validate --strict
      defacto-webhooks validate --no-env --format github
    """
    console = invocation.console
    try:
        config = read_config(account, check_only=True, without_variables=no_env)
    except InvalidConfig as invalid:
        found, advice = invalid.diagnostics, invalid.advice
    else:
        found, advice = config.diagnostics, ""
    console.show(Diagnostics(found), format_)
    has_errors = any(one.is_error for one in found)
    warnings = counted(found, Severity.WARNING)
    if has_errors:
        console.note(f"{counted(found, Severity.ERROR)}, {warnings}.")
    elif format_ == "text":
        what = plural(len(config.webhooks), "subscription")
        console.note(f"Valid: {what} for {config.environment.name}, {warnings}.")
        others = [name for name in config.environments if name != config.environment.name]
        if others and not no_env:
            names = ", ".join(map(line, others))
            console.note(
                f"Not checked: whether the variables of {names} are set; -e {line(others[-1])} does that."
            )
    if advice:
        console.note(f"{advice}.")
    return Exit.ERROR if has_errors or (strict and found) else Exit.DONE
