"""The steps of the demo: everything is real, only the account is local."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from defacto_webhooks.cli.session import Session, embedded, embedded_session
from defacto_webhooks.errors import Exit, UserError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx
    from starlette.requests import Request

    from defacto_webhooks.cli.console import Console
    from defacto_webhooks.sandbox import LocalApi

_PATIENCE_S = 15.0
_FILE = """\
version: 1
environments:
  local: {{api_url: embedded}}
webhooks:
  - name: first-webhook
    to_url: {url}/defacto-callback?token=${{DEMO_TOKEN}}
    event_types: [Invoice.SUBMITTED, Invoice.VERIFIED]
"""


class Tour:
    """One walk through the guide, in `folder`."""

    def __init__(self, folder: Path, console: Console) -> None:
        self._folder = folder
        self._console = console
        self._style = console.style()

    async def walk(self) -> int:
        """Tell the story; the exit code."""
        from defacto_webhooks.config import load
        from defacto_webhooks.render import text

        say, style = self._console.result, self._style
        async with _receiver() as (url, inbox):
            file = self._folder / "webhooks.yaml"
            file.write_text(_FILE.format(url=url))
            self._heading("1. A subscription, as a file", f"A receiver listens on {url}.")
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
                invoice = await self._invoice(local)
                amount = f"{invoice['total_amount'] / 100:,.2f} {invoice['currency']}"
                say(f"Invoice {invoice['invoice_number']} over {amount} is {invoice['status']}.")
                self._heading("5. The notifications", "As they came in, each a POST to our URL.")
                for _ in range(2):
                    self._notification(await _next(inbox, local))
                self._heading("6. defacto-webhooks plan, once more", "")
                again, _ = await session.first_plan()
                say(text.plan(again, style))
        say("\nThat was all real HTTP on this machine; nothing is left behind.")
        say("Next: edit webhooks.yaml, then `defacto-webhooks plan`.")
        return Exit.DONE if again.is_empty else Exit.ERROR

    async def _apply(self, session: Session, plan: Any, current: Any) -> Any:
        from defacto_webhooks.apply import carry_out

        return await carry_out(
            plan, session.api, current=current, desired=session.config.webhooks, replan=session.plan
        )

    async def _invoice(self, local: LocalApi) -> dict[str, Any]:
        import httpx

        from defacto_webhooks.sandbox import EMBEDDED_KEY

        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(local.asgi),
            base_url="http://embedded",
            headers={"Authorization": f"Bearer {EMBEDDED_KEY}"},
        ) as client:
            made = _answer(await client.post("/sandbox/invoice-generator", json={"scenario": "SUCCESS"}))
            return _answer(await client.post("/invoices", json=made["invoice_creation_payload"]))

    def _heading(self, title: str, what: str) -> None:
        self._console.result(f"\n{self._style.paint(title, 'blue', bold=True)}")
        if what:
            self._console.result(self._style.paint(what, dim=True))
        self._console.result("")

    def _notification(self, body: dict[str, Any]) -> None:
        """The guide's payload, with `entity_state` (a whole invoice) folded to what tells most."""
        shown = dict(body)
        state = shown.pop("entity_state")
        kept = {key: state[key] for key in ("id", "invoice_number", "status") if key in state}
        lines = json.dumps(shown, indent=2, ensure_ascii=False).rstrip("}\n")
        folded = json.dumps(kept, ensure_ascii=False)[:-1]
        style = self._style
        self._console.result(style.paint(f"● {body['event_type']}", "green", bold=True))
        self._console.result(f'{lines},\n  "entity_state": {folded}, … {len(state) - len(kept)} more}}\n}}')


def _answer(response: httpx.Response) -> dict[str, Any]:
    if not response.is_success:
        raise UserError(f"the local API answered {response.status_code} to {response.request.url.path}")
    body: dict[str, Any] = response.json()
    return body


async def _next(inbox: asyncio.Queue[dict[str, Any]], local: LocalApi) -> dict[str, Any]:
    """The next notification; an embedded API moves on only when it is asked to."""
    loop = asyncio.get_running_loop()
    until = loop.time() + _PATIENCE_S
    while loop.time() < until:
        await local.run_due()
        try:
            return await asyncio.wait_for(inbox.get(), 0.1)
        except TimeoutError:
            continue
    raise UserError("no notification arrived", "is something blocking connections to 127.0.0.1?")


@asynccontextmanager
async def _receiver() -> AsyncIterator[tuple[str, asyncio.Queue[dict[str, Any]]]]:
    """A callback as the guide asks for, and its URL: it takes a POST and answers 204."""
    from starlette.applications import Starlette
    from starlette.responses import Response
    from starlette.routing import Route

    from defacto_webhooks.sandbox.serving import serving

    inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def callback(request: Request) -> Response:
        inbox.put_nowait(await request.json())
        return Response(status_code=204)

    app = Starlette(routes=[Route("/defacto-callback", callback, methods=["POST"])])
    async with serving(app) as url:
        yield url, inbox
