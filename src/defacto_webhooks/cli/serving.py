"""What the commands that serve have in common: their options and their end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import click


def port(default: int) -> Callable[[Any], Any]:
    """`--port`."""
    return click.option(
        "--port",
        type=click.IntRange(0, 65_535),
        default=default,
        show_default=True,
        help="The port to listen on; 0 takes any that is free.",
    )


HOST = click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address to listen on. Anything but this machine's own opens it to others.",
)


def db(default: Path) -> Callable[[Any], Any]:
    """`--db`."""
    return click.option(
        "--db",
        type=click.Path(path_type=Path, dir_okay=False),
        default=default,
        show_default=True,
        help="The SQLite file; it is made if need be.",
    )


async def until_interrupted(work: Coroutine[Any, Any, None]) -> bool:
    """Does `work`; False where Ctrl-C or SIGTERM ended it: the usual end of a server, so no error."""
    try:
        await work
    except asyncio.CancelledError:
        return False
    return True


async def forever() -> None:
    """Until it is cancelled."""
    await asyncio.Event().wait()
