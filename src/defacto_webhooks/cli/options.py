"""What commands are declared with: their class, the options that several of them share."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import click
from click.core import ParameterSource

from defacto_webhooks.cli import hints, suggestions
from defacto_webhooks.cli.invocation import Invocation

Body = Callable[..., int | None]
DEFAULT_CONFIG: Final = Path("webhooks.yaml")


class AccountOptions(NamedTuple):
    """Which files, and which account."""

    config: tuple[Path, ...] = (DEFAULT_CONFIG,)
    environment: str | None = None
    api_url: str | None = None
    env_file: tuple[Path, ...] = ()
    given: Mapping[str, str] = MappingProxyType({})
    trusted: tuple[str, ...] = ()


class SharedOption(click.Option):
    """Stands behind a command's own options in its help."""


class Command(click.Command):
    """Has the options of every command, shows the shared ones last, and knows the words of other tools."""

    def __init__(self, *args: Any, **attrs: Any) -> None:
        super().__init__(*args, **attrs)
        self.params += [COLOR, DEBUG]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not ctx.resilient_parsing:
            hints.check_options(args, ctx)
        ctx.allow_extra_args = True
        try:
            extra = super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # click doesn't always say which command's help would help
            raise
        if extra and not ctx.resilient_parsing:
            has_account = any(option.name == "environment" for option in self.params)
            hint = "use `-e` for an environment and `-c` for a file" if has_account else ""
            raise hints.UnknownWord(f"unexpected argument: {' '.join(extra)}", ctx, hint)
        return extra

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {"Options": [], "Shared options": []}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx) if isinstance(param, click.Option) else None
            is_shared = isinstance(param, SharedOption) or "--help" in param.opts
            if record is not None:
                sections["Shared options" if is_shared else "Options"].append(record)
        for title, rows in sections.items():
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


def command(name: str | None = None) -> Callable[[Body], click.Command]:
    """Makes a command of a function: it gets the Invocation first, and may return an exit code."""

    def decorate(body: Body) -> click.Command:
        return click.command(name, cls=Command)(click.pass_obj(body))

    return decorate


def _told(attribute: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """A callback that tells the Invocation the value."""

    def tell(context: click.Context, _: click.Parameter, value: Any) -> Any:
        if value is not None:  # which it is where `read_output_options` does not find it
            setattr(context.ensure_object(Invocation), attribute, value)
        return value

    return tell


def _variables(
    context: click.Context, parameter: click.Parameter, values: Sequence[str]
) -> Mapping[str, str]:
    pairs = {}
    for value in values:
        name, equals, text = value.partition("=")
        if not (equals and re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII)):
            raise click.BadParameter("write NAME=VALUE", context, parameter)
        pairs[name] = text
    return pairs


COLOR: Final = SharedOption(
    ["--color"],
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    expose_value=False,
    callback=_told("color"),
    help="When to use colors. auto respects NO_COLOR and FORCE_COLOR.",
)
DEBUG: Final = SharedOption(
    ["--debug"],
    is_flag=True,
    expose_value=False,
    callback=_told("debug"),
    help="Show where an error comes from.",
)
CONFIG: Final = click.option(
    "-c",
    "--config",
    cls=SharedOption,
    multiple=True,
    type=click.Path(path_type=Path),
    default=[DEFAULT_CONFIG],
    envvar="DEFACTO_WEBHOOKS_CONFIG",
    show_default=True,
    show_envvar=True,
    help="The file, or a directory of files. May be repeated.",
)
ENVIRONMENT: Final = click.option(
    "-e",
    "--env",
    "environment",
    cls=SharedOption,
    metavar="NAME",
    envvar="DEFACTO_WEBHOOKS_ENV",
    show_envvar=True,
    shell_complete=suggestions.environments,
    help="The environment to use.  [default: the file's default_environment, or its only one]",
)
API_URL: Final = click.option(
    "--api-url",
    cls=SharedOption,
    metavar="URL",
    help="The API's URL, for a file without environments.  [env var: DEFACTO_API_URL]",
)
ENV_FILE: Final = click.option(
    "--env-file",
    cls=SharedOption,
    multiple=True,
    type=click.Path(path_type=Path),
    envvar="DEFACTO_WEBHOOKS_ENV_FILE",
    show_envvar=True,
    help="Read variables from this file; variables that are already set win. May be repeated.",
)
TRUST_HOST: Final = click.option(
    "--trust-host",
    "trusted",
    cls=SharedOption,
    multiple=True,
    metavar="HOST",
    help="Send the API key to this host, too. May be repeated.  [env var: DEFACTO_WEBHOOKS_TRUSTED_HOSTS]",
)
VAR: Final = click.option(
    "--var",
    "given",
    cls=SharedOption,
    multiple=True,
    metavar="NAME=VALUE",
    callback=_variables,
    help="A value for ${NAME}. Not secret: plans show it. May be repeated.",
)
TARGET: Final = click.option(
    "--target",
    multiple=True,
    metavar="NAME",
    shell_complete=suggestions.subscriptions,
    help="Only this subscription, or those that match this glob. May be repeated.  [default: all]",
)


def is_typed(option: str) -> bool:
    """Whether the command line has this option, rather than a variable or nobody."""
    return click.get_current_context().get_parameter_source(option) is ParameterSource.COMMANDLINE


def formats(*names: str) -> Callable[[Body], Body]:
    """`--format`, text by default."""
    return click.option(
        "--format",
        "format_",
        type=click.Choice(names),
        default=names[0],
        show_default=True,
        callback=_told("format"),
        help="The format of the output.",
    )


def read_output_options(argv: Sequence[str], invocation: Invocation) -> None:
    """Tell `invocation` how the output is wanted, where click gave up before it called the callbacks."""
    format_ = click.Option(["--format"], callback=_told("format"))
    reader = click.Command(None, params=[COLOR, DEBUG, format_])
    reader.make_context(None, list(argv), obj=invocation, resilient_parsing=True, ignore_unknown_options=True)


def account_options(body: Body) -> Body:
    """The options that say which files and which account; `body` gets them as `account`."""

    @wraps(body)
    def collecting(*args: Any, **values: Any) -> int | None:
        account = {name: values.pop(name) for name in AccountOptions._fields}
        return body(*args, account=AccountOptions(**account), **values)

    collected: Body = collecting
    for option in (TRUST_HOST, VAR, ENV_FILE, API_URL, ENVIRONMENT, CONFIG):
        collected = option(collected)
    return collected
