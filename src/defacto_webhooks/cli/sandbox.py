"""`sandbox`: a Defacto on this machine, over HTTP."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from defacto_webhooks.cli.console import Console
from defacto_webhooks.cli.invocation import Invocation
from defacto_webhooks.cli.options import command
from defacto_webhooks.cli.serving import HOST, VIEW_TOKEN, db, openness, port, until_interrupted
from defacto_webhooks.hosts import is_loopback
from defacto_webhooks.phrases import plural
from defacto_webhooks.redaction import Secret, SecretUrl
from defacto_webhooks.redaction.printable import line
from defacto_webhooks.render.style import Style
from defacto_webhooks.session import LOCAL_DB
from defacto_webhooks.signals import Signals

_INBOX = "first-webhook"
_EVENT_TYPES = ("Invoice.SUBMITTED", "Invoice.VERIFIED")


@command()
@port(8026)
@HOST
@VIEW_TOKEN
@db(LOCAL_DB)
def sandbox(invocation: Invocation, port: int, host: str, view_token: Secret | None, db: Path) -> None:
    """Serve the local Defacto API and an inbox page.

    For trying things out without an account: it answers like Defacto's
    sandbox, keeps everything in an SQLite file, and only notifies receivers on
    this machine. `api_url: embedded` in webhooks.yaml uses the same file. Press
    Ctrl-C to stop.

    \b
    Example:
      defacto-webhooks sandbox --port 9000
    """
    console = invocation.print_in_background()
    Signals(console.note).run(_serve(port, host, view_token, db, console))


async def _serve(port: int, host: str, view_token: Secret | None, db: Path, console: Console) -> None:
    # Here, as its packages are an optional extra that `sandbox --help` does without.
    from defacto_webhooks.inbox import Inbox, Received
    from defacto_webhooks.local_api import EMBEDDED_KEY, LocalApi
    from defacto_webhooks.local_server.server import serving
    from defacto_webhooks.sandbox.app import sandbox_app

    def asked(method: str, path: str, status: int) -> None:
        console.note(f"{status}  {method} {line(path) or 'an unknown path'}")

    def received(what: Received) -> None:
        name = what.parsed.fields.get("event_type", "something without an event type")
        console.note(f"     {line(name)} arrived in inbox {what.request.inbox}")

    def undelivered(event_type: str, url: SecretUrl, why: str) -> None:
        console.note(f"     {line(event_type)} was not delivered to {line(str(url))}: {why}")

    api = LocalApi(db, on_request=asked, on_undelivered=undelivered)
    inbox = Inbox(
        db.with_name(f"{db.stem}-inbox.db"),
        view_token=view_token,
        on_received=received,
        on_refused=lambda why: console.note(f"     an inbox refused a POST with {line(why)}"),
    )
    inbox.open(_INBOX)
    app = sandbox_app(api, inbox, public=not is_loopback(host))
    try:
        async with (
            api.background(),
            serving(app, host=host, port=port) as address,
        ):
            url = address.local
            api.deliver_to(urlsplit(url).hostname or "")  # the inbox may be at no loopback address
            console.result(_welcome(url, EMBEDDED_KEY, console.style()))
            console.note(openness(address, token=False, view_token=view_token is not None, api=True))
            await until_interrupted()
        waiting, broken_off = api.undelivered()
    finally:
        await api.aclose()
        inbox.close()
    console.note("Stopped.")
    if broken_off:
        console.note(f"Cut off while sending, and not sent again: {plural(broken_off, 'notification')}.")
    if waiting:
        console.note(f"Not sent yet: {plural(waiting, 'notification')}. The next start sends the rest.")


def _welcome(url: str, api_key: str, style: Style) -> str:
    bold = partial(style.paint, bold=True)
    unique = f"{url}/inbox/{_INBOX}"
    subscription = json.dumps({"name": _INBOX, "to_url": unique, "event_types": _EVENT_TYPES})
    return f"""\
{bold("Local Defacto API")}  {url}
{bold("API key")}            {api_key}
{bold("Inbox page")}         {url}/inbox/#{_INBOX}
{bold("Your unique URL")}    {unique}

{bold("Try, in another terminal:")}
  curl -H 'Authorization: Bearer {api_key}' {url}/webhooks -d '{subscription}'
  curl -H 'Authorization: Bearer {api_key}' {url}/sandbox/events -d '{{"event_type": "Invoice.SUBMITTED"}}'
  curl -H 'Authorization: Bearer {api_key}' {url}/webhooks"""
