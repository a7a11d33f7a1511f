"""`demo`: the guide "Create your first webhook", end to end on the local API."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import click

from defacto_webhooks.cli.console import Console
from defacto_webhooks.cli.invocation import Invocation
from defacto_webhooks.cli.options import command
from defacto_webhooks.cli.serving import until_interrupted
from defacto_webhooks.config import load
from defacto_webhooks.errors import Exit, UserError
from defacto_webhooks.render import render
from defacto_webhooks.render.style import Style
from defacto_webhooks.session import Session, apply_plan, open_session
from defacto_webhooks.signals import Signals

_PATIENCE: Final = 150  # tenths of a second
_INBOX: Final = "first-webhook"
_FILE: Final = """\
version: 1
environments:
  local: {{api_url: embedded}}
webhooks:
  - name: first-webhook
    to_url: {url}?token=${{DEMO_TOKEN}}
    event_types: [Invoice.SUBMITTED, Invoice.VERIFIED]
"""


@command()
@click.option(
    "--open",
    "stay_open",
    is_flag=True,
    help="Print the URL of the inbox page and keep serving it until Ctrl-C.",
)
def demo(invocation: Invocation, stay_open: bool) -> int:
    """Walk through Defacto's first-webhook guide on this machine.

    Plans and applies a subscription, creates an invoice, shows both
    notifications as they arrive over HTTP, and plans again. Needs no account
    and leaves nothing behind.

    \b
    Example:
      defacto-webhooks demo
    """
    console = invocation.console
    with tempfile.TemporaryDirectory(prefix="defacto-webhooks-demo-") as folder:
        return Signals(console.note).run(_walk(Path(folder), console, stay=stay_open))


async def _walk(folder: Path, console: Console, *, stay: bool) -> int:
    """Tell the story, with its files in `folder`; the exit code. `stay`: then serve the page until Ctrl-C."""
    style = console.style()

    def tell(value: object) -> None:
        console.result(value if isinstance(value, str) else render(value, "text", style))

    def heading(title: str, what: str = "") -> None:
        tell(f"\n{style.paint(title, 'blue', bold=True)}")
        if what:
            tell(style.paint(what, dim=True))

    async with _receiver(folder) as (url, bodies):
        file = folder / "webhooks.yaml"
        file.write_text(_FILE.format(url=url), encoding="utf-8")
        heading("1. A subscription, as a file", f"Your unique URL, an inbox: {url}")
        tell(style.paint(file.read_text(encoding="utf-8").rstrip(), "cyan"))
        config = load([file], environ={"DEMO_TOKEN": "made-up"})
        async with open_session(config, db=folder / "local.db") as session:
            heading("2. defacto-webhooks plan", "What would change? A plan only reads.")
            tell(await session.first_plan())
            heading("3. defacto-webhooks apply", "Create it, then read the account again to prove it.")
            tell(await apply_plan(session))
            heading("4. An invoice", "POST /sandbox/invoice-generator, then POST /invoices.")
            payload = await session.api.generate_invoice("SUCCESS")
            invoice = await session.api.create_invoice(payload)
            tell(f"{invoice.title} is {invoice.status}.")
            heading("5. The notifications", "As they came in, each a POST to our URL.")
            for _ in range(2):
                tell(_notification(await _next(bodies, session), style))
            heading("6. defacto-webhooks plan, once more")
            again = await session.first_plan()
            tell(again)
        if stay:
            page = style.paint(url.replace(f"/{_INBOX}", f"/#{_INBOX}"), "blue", bold=True)
            tell(f"\nThe inbox page: {page}  (press Ctrl-C to stop)")
            await until_interrupted()
    tell("\nAll of this was real HTTP on this machine, and nothing is left behind.")
    tell("Next: run `defacto-webhooks init` to start a webhooks.yaml of your own.")
    return Exit.DONE if again.is_empty else Exit.ERROR


@asynccontextmanager
async def _receiver(folder: Path) -> AsyncIterator[tuple[str, asyncio.Queue[bytes]]]:
    """An inbox, and its URL: it takes a POST and answers 204, as a callback should."""
    # Here, as its packages are an optional extra that `demo --help` does without.
    from defacto_webhooks.inbox import Inbox
    from defacto_webhooks.local_server.server import serving

    bodies: asyncio.Queue[bytes] = asyncio.Queue()
    inbox = Inbox(folder / "inbox.db", on_received=lambda received: bodies.put_nowait(received.request.body))
    inbox.open(_INBOX)
    try:
        async with serving(inbox.asgi) as address:
            yield f"{address.local}/inbox/{_INBOX}", bodies
    finally:
        inbox.close()


def _notification(body: bytes, style: Style) -> str:
    """The guide's payload, with `entity_state` (a whole invoice) folded to what tells most."""
    shown = json.loads(body)
    state = shown.pop("entity_state")
    kept = {key: state[key] for key in ("id", "invoice_number", "status") if key in state}
    lines = json.dumps(shown, indent=2, ensure_ascii=False).rstrip("}\n")
    folded = json.dumps(kept, ensure_ascii=False)[:-1]
    title = style.paint(f"● {shown['event_type']}", "green", bold=True)
    return f'{title}\n{lines},\n  "entity_state": {folded}, … {len(state) - len(kept)} more}}\n}}'


async def _next(bodies: asyncio.Queue[bytes], session: Session) -> bytes:
    """The next notification; an embedded API moves on only when it is asked to."""
    for _ in range(_PATIENCE):
        if session.embedded is not None:
            await session.embedded.run_due()
        with suppress(TimeoutError):
            return await asyncio.wait_for(bodies.get(), 0.1)
    raise UserError("no notification arrived", "is something blocking connections to 127.0.0.1?")
