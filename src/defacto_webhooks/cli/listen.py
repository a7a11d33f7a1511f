"""`listen`: a receiver that hands each notification to the sinks its options ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from defacto_webhooks.cli import suggestions
from defacto_webhooks.cli.failure import NotReceived
from defacto_webhooks.cli.invocation import Invocation
from defacto_webhooks.cli.options import Body, command, formats
from defacto_webhooks.cli.serving import HOST, VIEW_TOKEN, db, openness, port, secret, until_interrupted
from defacto_webhooks.errors import Exit, UserError
from defacto_webhooks.redaction import Secret, SecretUrl
from defacto_webhooks.redaction.printable import line
from defacto_webhooks.signals import Signals
from defacto_webhooks.sinks import DESTINATIONS
from defacto_webhooks.sinks.callback import Callback, callback_url
from defacto_webhooks.sinks.expectation import Expectation, doubts
from defacto_webhooks.sinks.forwarder import Destination, forwarding
from defacto_webhooks.sinks.printer import Printer

if TYPE_CHECKING:  # its packages are an optional extra that `listen --help` does without
    from defacto_webhooks.inbox import Received
    from defacto_webhooks.local_server.server import Address

_INBOX: Final = "main"


def _destination_options(body: Body) -> Body:
    for each in reversed(DESTINATIONS):
        option = click.option(
            each.option, metavar="URL", envvar=each.envvar, show_envvar=True, help=each.help
        )
        body = option(body)
    return body


def _given(urls: Mapping[str, str | None]) -> dict[Destination, str]:
    """The destinations whose option was given; click names each value after its option."""
    named = {each: urls[each.option.removeprefix("--").replace("-", "_")] for each in DESTINATIONS}
    return {each: url for each, url in named.items() if url is not None}


@command()
@_destination_options
@click.option(
    "--resend",
    multiple=True,
    metavar="ID",
    help="Forward a stored notification again, by its number, and exit. May be repeated.",
)
@click.option(
    "--expect",
    multiple=True,
    shell_complete=suggestions.event_types,
    metavar="EVENT",
    help="Exit with 0 once this event type, or one that matches this glob, has arrived. May be repeated.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="S",
    help="Exit after this many seconds.  [default: never]",
)
@formats("text", "json")
@port(8025)
@HOST
@click.option(
    "--token",
    metavar="TOKEN",
    envvar="DEFACTO_WEBHOOKS_TOKEN",
    show_envvar=True,
    callback=secret,
    help="Refuse callers whose URL doesn't have this token. Safer as an environment variable: others on"
    " this machine can see arguments.",
)
@VIEW_TOKEN
@db(Path(".defacto-webhooks/inbox.db"))
def listen(
    invocation: Invocation,
    resend: tuple[str, ...],
    expect: tuple[str, ...],
    timeout: float | None,
    format_: str,
    port: int,
    host: str,
    token: Secret | None,
    view_token: Secret | None,
    db: Path,
    **urls: str | None,
) -> int:
    """Receive notifications, and print, show or forward them.

    Takes a POST to any path, answers 204 at once, and prints one line for
    each notification. With --forward-to it sends each one on to the callback
    you are writing and prints the answer: fix the callback, then --resend what
    failed. With --expect it is an end-to-end check: it exits with 0 once all
    have arrived, or with 1 when the time is up, and names what is missing. A
    notification that arrives twice counts once.

    \b
    Example:
      defacto-webhooks listen --forward-to http://localhost:3000/hook
      defacto-webhooks listen --forward-to http://localhost:3000/hook --resend 2
      defacto-webhooks listen --expect Invoice.SUBMITTED \\
        --expect Invoice.VERIFIED --timeout 60
    """
    destinations = _given(urls)
    invocation.one_line = True
    as_json = format_ == "json"
    if resend:
        if Callback not in destinations:
            raise UserError("--resend needs a URL to send it to", "add --forward-to URL")
        url, numbers = callback_url(destinations[Callback]), [*map(_number, resend)]
        if not db.exists():
            raise UserError(
                f"there is no {db}: nothing has been received yet",
                "if it was stored elsewhere, name that file with --db",
            )
        printer = Printer(invocation.console, as_json=as_json)
        return Signals(invocation.console.note).run(_resend(numbers, db, url, printer))
    # Here, as its packages are an optional extra that `--help` does without.
    from defacto_webhooks.inbox import Inbox
    from defacto_webhooks.local_server.server import serving

    console = invocation.print_in_background()
    for doubt in doubts(expect):
        console.note(doubt)
    printer, expectation = Printer(console, as_json=as_json), Expectation(expect)
    distributor = _Distributor(printer, expectation)
    inbox = Inbox(
        db,
        catch_all=_INBOX,
        token=token,
        view_token=view_token,
        on_received=distributor.hand_out,
        on_refused=lambda why: console.note(f"Refused a POST with {line(why)}"),
    )
    forwarders = [each.open(url, inbox, printer.forwarded) for each, url in destinations.items()]
    distributor.takers += (each.take for each in forwarders)

    def started(address: Address) -> None:
        remarks = [forwarder.start(address) for forwarder in forwarders]
        page = f"{address.local}/inbox/#{_INBOX}"
        console.note(f"Listening on {address.public} (any path), page at {page}. Press Ctrl-C to stop.")
        console.note(openness(address, token=token is not None, view_token=view_token is not None))
        for remark in remarks:
            console.note(remark)

    async def work() -> bool:
        """Until there is nothing more to wait for, the time is up, or a signal; whether it was a signal."""
        inbox.open(_INBOX)
        try:
            async with (
                forwarding(forwarders, console.note),
                serving(inbox.asgi, host=host, port=port) as address,
            ):
                started(address)
                return await until_interrupted(distributor.ended, timeout)
        finally:
            inbox.close()

    was_interrupted = Signals(console.note).run(work())
    if distributor.failures:
        raise distributor.failures[0]
    if expectation.missing:
        raise NotReceived(expectation.missing, None if was_interrupted else timeout)
    if expect:
        console.note("All expected events have arrived.")
    return Exit.DONE


class _Distributor:
    """Hands what is received to every sink."""

    def __init__(self, printer: Printer, expectation: Expectation) -> None:
        self.takers: list[Callable[[Received], None]] = [printer.take, expectation.take]
        self.failures: list[Exception] = []
        self._expectation = expectation
        self.ended = asyncio.Event()  # all that was expected has come, or a sink failed

    def hand_out(self, received: Received) -> None:
        for take in self.takers:  # before the sender gets its answer, so none of them may wait
            try:
                take(received)
            except Exception as error:
                # Its end is that of the command, but the other sinks and the sender get what is theirs.
                self.failures.append(error)
        if self.failures or self._expectation.has_been_met:
            self.ended.set()


async def _resend(numbers: Sequence[int], db: Path, url: SecretUrl, printer: Printer) -> int:
    """Forwards them once more, in this order; success where each is answered with 2xx. Raises UserError."""
    from defacto_webhooks.inbox import Limits, Store  # here, as its packages are an optional extra

    store = Store(db, Limits())
    callback = Callback(url, store, printer.forwarded)
    succeeded = True
    try:
        for number in numbers:
            forward = await callback.resend(number)
            if forward is None:
                raise UserError(
                    f"there is no notification #{number} in {db}",
                    "`listen` and the page show the numbers; old notifications are dropped after a while",
                )
            succeeded = succeeded and forward.succeeded
    finally:
        await callback.aclose()
        store.close()
    return Exit.DONE if succeeded else Exit.ERROR


def _number(text: str) -> int:
    """The number of a notification, as it is printed or without the `#`. Raises UserError."""
    digits = text.removeprefix("#")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
        raise UserError(
            f"{text!r} is not the number of a notification", "`listen` prints it on each line, as in #12"
        )
    return int(digits)
