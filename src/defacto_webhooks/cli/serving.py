"""What the commands that serve share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from defacto_webhooks.errors import UserError
from defacto_webhooks.redaction import Secret

if TYPE_CHECKING:  # its packages are an optional extra
    from defacto_webhooks.local_server.server import Address


def port(default: int) -> Callable[[Any], Any]:
    """`--port`."""
    return click.option(
        "--port",
        type=click.IntRange(0, 65_535),
        default=default,
        show_default=True,
        help="The port to listen on; 0 picks a free one.",
    )


HOST = click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address to listen on; 0.0.0.0 lets other machines send to it.",
)


def secret(_: click.Context, option: click.Parameter, value: str | None) -> Secret | None:
    """The value of an option that must not be empty, as everybody would have it then. Raises UserError."""
    if value == "":
        raise UserError(
            f"{option.opts[0]} is empty, which would let everyone in", "leave it out, or give it a value"
        )
    return None if value is None else Secret(value)


VIEW_TOKEN = click.option(
    "--view-token",
    metavar="TOKEN",
    envvar="DEFACTO_WEBHOOKS_VIEW_TOKEN",
    show_envvar=True,
    callback=secret,
    help="Let other machines open the page with this token. Safer as an environment variable.",
)


def openness(address: Address, *, token: bool, view_token: bool, api: bool = False) -> str:
    """What other machines can do, in words; empty where they can't reach the server.

    `token` and `view_token`: whether they need one to send, or can look with one. `api`: the local API is
    served, too.
    """
    if not address.is_public:
        return ""
    sentences = [f"Warning: other machines can reach this at {address.public}."]
    if api:
        sentences.append("Anyone can use the local API: its key is public.")
    if token:
        sentences.append("Callers need the token.")
    else:
        sentences.append("Anyone can send notifications" + ("." if api else "; --token keeps strangers out."))
    if view_token:
        sentences.append(f"Anyone with the view token can see them at {address.public}/inbox/?view_token=…")
    else:
        sentences.append("Only this machine can see them; --view-token opens the page to others.")
    return " ".join(sentences)


def db(default: Path) -> Callable[[Any], Any]:
    """`--db`."""
    return click.option(
        "--db",
        type=click.Path(path_type=Path, dir_okay=False),
        default=default,
        show_default=True,
        help="The SQLite file; created if needed.",
    )


async def until_interrupted(end: asyncio.Event | None = None, timeout_s: float | None = None) -> bool:
    """Until Ctrl-C or SIGTERM, the usual end of a server, so no error: then True. False where `end` was set
    or the time was up before that.
    """
    with suppress(TimeoutError):
        try:
            await asyncio.wait_for((end or asyncio.Event()).wait(), timeout_s)
        except asyncio.CancelledError:
            return True
    return False
