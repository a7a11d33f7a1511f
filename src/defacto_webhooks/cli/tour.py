"""The steps of the demo: everything is real, only the account is local."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from defacto_webhooks.cli.console import Console
from defacto_webhooks.cli.serving import forever, until_interrupted
from defacto_webhooks.cli.session import Session, embedded, embedded_session
from defacto_webhooks.errors import Exit, UserError
from defacto_webhooks.inbox import Received
from defacto_webhooks.local_api import LocalApi

_PATIENCE_S: Final = 15.0
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


class Tour:
    """One walk through the guide, in `folder`. `stay`: then serve the inbox page until Ctrl-C."""

    def __init__(self, folder: Path, console: Console, *, stay: bool) -> None:
        self._folder = folder
        self._console = console
        self._stay = stay
        self._style = console.style()

    async def walk(self) -> int:
        """Tell the story; the exit code."""
        from defacto_webhooks.config import load
        from defacto_webhooks.render import text
        from defacto_webhooks.render.invoices import title

        say, style = self._console.result, self._style
        async with self._receiver() as (url, arrivals):
            file = self._folder / "webhooks.yaml"
            file.write_text(_FILE.format(url=url))
            self._heading("1. A subscription, as a file", f"Your unique URL, an inbox: {url}")
            say(style.paint(file.read_text().rstrip(), "cyan"))
            config = load([file], environ={"DEMO_TOKEN": "made-up"})
            db = self._folder / "local.db"
            async with (
                embedded(db, verification_delay_s=0.5) as local,
                embedded_session(config, local) as session,
            ):
                self._heading("2. defacto-webhooks plan", "What would change? A plan only reads.")
                plan, current = await session.first_plan()
                say(text.plan(plan, style))
                self._heading("3. defacto-webhooks apply", "Create, then read again to prove it.")
                say(text.report(await self._apply(session, plan, current), style))
                self._heading("4. An invoice", "POST /sandbox/invoice-generator, then POST /invoices.")
                payload = await session.api.generate_invoice("SUCCESS")
                invoice = await session.api.create_invoice(payload)
                say(f"{title(invoice)} is {invoice.status}.")
                self._heading("5. The notifications", "As they came in, each a POST to our URL.")
                for _ in range(2):
                    self._notification(await _next(arrivals, local))
                self._heading("6. defacto-webhooks plan, once more", "")
                again, _ = await session.first_plan()
                say(text.plan(again, style))
            if self._stay:
                page = style.paint(url.replace(f"/{_INBOX}", f"/#{_INBOX}"), "blue", bold=True)
                say(f"\nThe inbox page: {page}  (Ctrl-C ends it)")
                await until_interrupted(forever())
        say("\nThat was all real HTTP on this machine; nothing is left behind.")
        say("Next: `defacto-webhooks init` starts a webhooks.yaml of your own.")
        return Exit.DONE if again.is_empty else Exit.ERROR

    async def _apply(self, session: Session, plan: Any, current: Any) -> Any:
        from defacto_webhooks.apply import carry_out

        return await carry_out(
            plan, session.api, current=current, desired=session.config.webhooks, replan=session.plan
        )

    @asynccontextmanager
    async def _receiver(self) -> AsyncIterator[tuple[str, asyncio.Queue[Received]]]:
        """An inbox, and its URL: it takes a POST and answers 204, as a callback should."""
        from defacto_webhooks.inbox import Inbox
        from defacto_webhooks.local_server.server import serving

        arrivals: asyncio.Queue[Received] = asyncio.Queue()
        inbox = Inbox(self._folder / "inbox.db", on_received=arrivals.put_nowait)
        inbox.open(_INBOX)
        try:
            async with serving(inbox.asgi, ending=inbox.close_streams) as url:
                yield f"{url}/inbox/{_INBOX}", arrivals
        finally:
            inbox.close()

    def _heading(self, title: str, what: str) -> None:
        self._console.result(f"\n{self._style.paint(title, 'blue', bold=True)}")
        if what:
            self._console.result(self._style.paint(what, dim=True))
        self._console.result("")

    def _notification(self, received: Received) -> None:
        """The guide's payload, with `entity_state` (a whole invoice) folded to what tells most."""
        shown = json.loads(received.request.body)
        state = shown.pop("entity_state")
        kept = {key: state[key] for key in ("id", "invoice_number", "status") if key in state}
        lines = json.dumps(shown, indent=2, ensure_ascii=False).rstrip("}\n")
        folded = json.dumps(kept, ensure_ascii=False)[:-1]
        style = self._style
        self._console.result(style.paint(f"● {shown['event_type']}", "green", bold=True))
        self._console.result(f'{lines},\n  "entity_state": {folded}, … {len(state) - len(kept)} more}}\n}}')


async def _next(arrivals: asyncio.Queue[Received], local: LocalApi) -> Received:
    """The next notification; an embedded API moves on only when it is asked to."""
    loop = asyncio.get_running_loop()
    until = loop.time() + _PATIENCE_S
    while loop.time() < until:
        await local.run_due()
        try:
            return await asyncio.wait_for(arrivals.get(), 0.1)
        except TimeoutError:
            continue
    raise UserError("no notification arrived", "is something blocking connections to 127.0.0.1?")
