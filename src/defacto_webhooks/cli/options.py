"""Options that several commands share. Each says its default and its variable."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from defacto_webhooks.cli import suggest

if TYPE_CHECKING:
    from collections.abc import Callable

Command = "Callable[..., int]"


class Where(NamedTuple):
    """Which files and which account."""

    config: tuple[Path, ...]
    environment: str | None
    api_url: str | None
    env_file: tuple[Path, ...]
    color: str
    debug: bool


DEFAULT_CONFIG = Path("webhooks.yaml")
CONFIG = click.option(
    "-c",
    "--config",
    multiple=True,
    type=click.Path(path_type=Path),
    default=[DEFAULT_CONFIG],
    envvar="DEFACTO_WEBHOOKS_CONFIG",
    show_default=True,
    show_envvar=True,
    help="The file, or a folder of them. May be repeated.",
)
ENVIRONMENT = click.option(
    "-e",
    "--env",
    "environment",
    metavar="NAME",
    envvar="DEFACTO_WEBHOOKS_ENV",
    show_envvar=True,
    shell_complete=suggest.environments,
    help="The environment.  [default: the file's default_environment, or its only one]",
)
API_URL = click.option(
    "--api-url",
    metavar="URL",
    help="The API, for a file without environments.  [env var: DEFACTO_API_URL; default: none]",
)
ENV_FILE = click.option(
    "--env-file",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Load variables from this file; the real environment wins. May be repeated.  [default: none]",
)
COLOR = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Colours; NO_COLOR and FORCE_COLOR are heeded.",
)
DEBUG = click.option("--debug", is_flag=True, help="Show where an error comes from.  [default: off]")
TARGET = click.option(
    "--target",
    multiple=True,
    metavar="NAME",
    shell_complete=suggest.subscriptions,
    help="Only this subscription; a glob. May be repeated.  [default: all]",
)


def formats(*names: str) -> Callable[[Any], Any]:
    """`--format`, text by default."""
    return click.option(
        "--format",
        "format_",
        type=click.Choice(names),
        default=names[0],
        show_default=True,
        help="How the result is written.",
    )


def where(*, account: bool = True) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """The options that say which files and (`account`) which environment, as one `Where`."""
    options = (
        [CONFIG, ENVIRONMENT, API_URL, ENV_FILE, COLOR, DEBUG]
        if account
        else [CONFIG, ENV_FILE, COLOR, DEBUG]
    )

    def decorate(command: Callable[..., int]) -> Callable[..., int]:
        @wraps(command)
        def collected(
            config: tuple[Path, ...],
            env_file: tuple[Path, ...],
            color: str,
            debug: bool,
            environment: str | None = None,
            api_url: str | None = None,
            **others: Any,
        ) -> int:
            return command(
                where=Where(tuple(config), environment, api_url, tuple(env_file), color, debug), **others
            )

        for option in reversed(options):
            collected = option(collected)
        return collected

    return decorate
