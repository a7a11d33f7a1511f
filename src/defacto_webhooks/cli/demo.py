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
        return Signals(console.note).run(_Tour(Path(folder), console, stay=stay_open).walk())


class _Tour:
    """One walk through the guide, in `folder`. `stay`: then serve the inbox page until Ctrl-C."""

    def __init__(self, folder: Path, console: Console, *, stay: bool) -> None:
        self._folder = folder
        self._console = console
        self._stay = stay
        self._style = console.style()

    async def walk(self) -> int:
        """Tell the story; the exit code."""
        say, style = self._console.result, self._style
        async with self._receiver() as (url, bodies):
            file = self._folder / "webhooks.yaml"
            file.write_text(_FILE.format(url=url), encoding="utf-8")
            self._heading("1. A subscription, as a file", f"Your unique URL, an inbox: {url}")
            say(style.paint(file.read_text(encoding="utf-8").rstrip(), "cyan"))
            config = load([file], environ={"DEMO_TOKEN": "made-up"})
            async with open_session(config, db=self._folder / "local.db") as session:
                self._heading("2. defacto-webhooks plan", "What would change? A plan only reads.")
                say(render(await session.first_plan(), "text", style))
                self._heading(
                    "3. defacto-webhooks apply", "Create it, then read the account again to prove it."
                )
                say(render(await apply_plan(session), "text", style))
                self._heading("4. An invoice", "POST /sandbox/invoice-generator, then POST /invoices.")
                payload = await session.api.generate_invoice("SUCCESS")
                invoice = await session.api.create_invoice(payload)
                say(f"{invoice.title} is {invoice.status}.")
                self._heading("5. The notifications", "As they came in, each a POST to our URL.")
                for _ in range(2):
                    self._notification(await _next(bodies, session))
                self._heading("6. defacto-webhooks plan, once more")
                again = await session.first_plan()
                say(render(again, "text", style))
            if self._stay:
                page = style.paint(url.replace(f"/{_INBOX}", f"/#{_INBOX}"), "blue", bold=True)
                say(f"\nThe inbox page: {page}  (press Ctrl-C to stop)")
                await until_interrupted()
        say("\nAll of this was real HTTP on this machine, and nothing is left behind.")
        say("Next: run `defacto-webhooks init` to start a webhooks.yaml of your own.")
        return Exit.DONE if again.is_empty else Exit.ERROR

    @asynccontextmanager
    async def _receiver(self) -> AsyncIterator[tuple[str, asyncio.Queue[bytes]]]:
        """An inbox, and its URL: it takes a POST and answers 204, as a callback should."""
        # Here, as its packages are an optional extra that `demo --help` does without.
        from defacto_webhooks.inbox import Inbox
        from defacto_webhooks.local_server.server import serving

        bodies: asyncio.Queue[bytes] = asyncio.Queue()
        inbox = Inbox(
            self._folder / "inbox.db", on_received=lambda received: bodies.put_nowait(received.request.body)
        )
        inbox.open(_INBOX)
        try:
            async with serving(inbox.asgi) as address:
                yield f"{address.local}/inbox/{_INBOX}", bodies
        finally:
            inbox.close()

    def _heading(self, title: str, what: str = "") -> None:
        self._console.result(f"\n{self._style.paint(title, 'blue', bold=True)}")
        if what:
            self._console.result(self._style.paint(what, dim=True))

    def _notification(self, body: bytes) -> None:
        """The guide's payload, with `entity_state` (a whole invoice) folded to what tells most."""
        shown = json.loads(body)
        state = shown.pop("entity_state")
        kept = {key: state[key] for key in ("id", "invoice_number", "status") if key in state}
        lines = json.dumps(shown, indent=2, ensure_ascii=False).rstrip("}\n")
        folded = json.dumps(kept, ensure_ascii=False)[:-1]
        style = self._style
        self._console.result(style.paint(f"● {shown['event_type']}", "green", bold=True))
        self._console.result(f'{lines},\n  "entity_state": {folded}, … {len(state) - len(kept)} more}}\n}}')


async def _next(bodies: asyncio.Queue[bytes], session: Session) -> bytes:
    """The next notification; an embedded API moves on only when it is asked to."""
    for _ in range(_PATIENCE):
        if session.embedded is not None:
            await session.embedded.run_due()
        with suppress(TimeoutError):
            return await asyncio.wait_for(bodies.get(), 0.1)
    raise UserError("no notification arrived", "is something blocking connections to 127.0.0.1?")
