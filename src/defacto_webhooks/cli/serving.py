"""What the commands that serve share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
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


VIEW_TOKEN = click.option(
    "--view-token",
    metavar="TOKEN",
    envvar="DEFACTO_WEBHOOKS_VIEW_TOKEN",
    show_envvar=True,
    callback=lambda _context, _param, value: secret(value, "--view-token"),
    help="Let other machines open the page with this token. Safer as an environment variable.",
)


def secret(value: str | None, option: str) -> Secret | None:
    """The value of an option that must not be empty, as everybody would have it then. Raises UserError."""
    if value == "":
        raise UserError(f"{option} is empty, which would let everyone in", "leave it out, or give it a value")
    return None if value is None else Secret(value)


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
