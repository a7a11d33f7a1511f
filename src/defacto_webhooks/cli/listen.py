"""`listen`: a receiver that prints, stores, shows and forwards what comes, and can wait for events."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

import click

from defacto_webhooks.cli.console import Console
from defacto_webhooks.cli.failure import NotReceived
from defacto_webhooks.cli.invocation import Invocation
from defacto_webhooks.cli.options import command, formats
from defacto_webhooks.cli.serving import HOST, VIEW_TOKEN, db, openness, port, secret, until_interrupted
from defacto_webhooks.errors import Exit, UserError
from defacto_webhooks.events import EVENT_TYPES, expand, is_glob, suggest
from defacto_webhooks.hosts import is_loopback
from defacto_webhooks.notification import Notification, dedupe_key
from defacto_webhooks.redaction import InvalidUrl, Secret, SecretUrl
from defacto_webhooks.redaction.printable import line
from defacto_webhooks.render.format import Syntax
from defacto_webhooks.render.style import Style
from defacto_webhooks.signals import Signals
from defacto_webhooks.slack import Forwarder
from defacto_webhooks.slack import slack_url as checked_slack_url

if TYPE_CHECKING:  # its packages are an optional extra that `listen --help` does without
    from defacto_webhooks.inbox import Forward, Inbox, Received
    from defacto_webhooks.local_server.server import Address

_INBOX: Final = "main"
_GRACE_S: Final = 5.0  # for what is not forwarded yet


@command()
@click.option(
    "--forward-to",
    metavar="URL",
    help="Forward each to your own callback: http://localhost:3000/hook.",
)
@click.option(
    "--resend",
    multiple=True,
    metavar="ID",
    help="Forward a stored one again, by its number, and end. May be repeated.",
)
@click.option(
    "--expect",
    multiple=True,
    metavar="EVENT",
    help="End with success once this event type, or a glob, has come. May be repeated.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="S",
    help="End after this many seconds.  [default: never]",
)
@formats("text", "json")
@port(8025)
@HOST
@click.option(
    "--token",
    metavar="TOKEN",
    envvar="DEFACTO_WEBHOOKS_TOKEN",
    show_envvar=True,
    callback=lambda _context, _param, value: secret(value, "--token"),
    help="Refuse callers without it in their query. Better in the variable: others on this machine see"
    " arguments.",
)
@VIEW_TOKEN
@click.option(
    "--slack-url",
    metavar="URL",
    envvar="DEFACTO_WEBHOOKS_SLACK_URL",
    show_envvar=True,
    help="Forward each to this Slack webhook or workflow, as a message. Better in the variable, too.",
)
@db(Path(".defacto-webhooks/inbox.db"))
def listen(
    invocation: Invocation,
    forward_to: str | None,
    resend: tuple[str, ...],
    expect: tuple[str, ...],
    timeout: float | None,
    format_: str,
    port: int,
    host: str,
    token: Secret | None,
    view_token: Secret | None,
    slack_url: str | None,
    db: Path,
) -> int:
    """Receive notifications: print, show and forward them.

    Takes a POST to any path, answers 204 at once, and prints one line for
    each. --forward-to sends each on to a callback that you are writing, and
    prints what it answers; fix it, and --resend the one that failed. With
    --expect it is an end-to-end check: exit code 0 once all have come, 1
    naming what is missing when the time is up. Repeats count once.

    \b
    Example:
      defacto-webhooks listen --forward-to http://localhost:3000/hook
      defacto-webhooks listen --forward-to http://localhost:3000/hook --resend 2
      defacto-webhooks listen --expect Invoice.SUBMITTED \\
        --expect Invoice.VERIFIED --timeout 60
    """
    invocation.one_line = True
    target = None if forward_to is None else _forward_url(forward_to)
    if resend:
        if target is None:
            raise UserError("--resend needs to know where to", "add --forward-to URL")
        numbers = [*map(_number, resend)]
        if not db.exists():
            raise UserError(f"there is no {db}, so nothing was received yet", "--db names another file")
        printer = _Printer(invocation.console, target, as_json=format_ == "json")
        return Signals(invocation.console.note).run(_resend(numbers, db, target, printer))
    console = invocation.print_in_background()
    slack = None if slack_url is None else Forwarder(checked_slack_url(slack_url), console.note)
    listener = _Listener(
        _Receiver(host, port, db, token, view_token, target),
        _Expectation(expect),
        slack,
        console,
        _Printer(console, target, as_json=format_ == "json"),
        timeout,
    )
    return Signals(console.note).run(listener.run())


def _forward_url(text: str) -> SecretUrl:
    """Where to forward to; without a scheme it is http. Raises UserError."""
    try:
        return SecretUrl.from_file([text if "://" in text else f"http://{text}"])
    except InvalidUrl as error:
        raise UserError(
            f"the URL of --forward-to {error}", "for example http://localhost:3000/hook"
        ) from None


def _number(text: str) -> int:
    """The number of a notification, as it is printed or without the `#`. Raises UserError."""
    digits = text.removeprefix("#")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
        raise UserError(f"{text!r} is not the number of a notification", "each line of `listen` has it: #12")
    return int(digits)


async def _resend(numbers: Sequence[int], db: Path, to: SecretUrl, printer: _Printer) -> int:
    """Forwards them once more, in this order; success where each is answered with 2xx. Raises UserError."""
    from defacto_webhooks.inbox import Inbox  # here, as its packages are an optional extra

    inbox = Inbox(db, forward_to=to, on_forwarded=printer.forwarded)
    try:
        results = [await inbox.forward_again(number) for number in numbers]
    finally:
        await inbox.aclose()
    return Exit.DONE if all(result.succeeded for result in results) else Exit.ERROR


class _Forwarded(NamedTuple):
    """What came of forwarding notification `seq`."""

    seq: int
    forward: Forward


@dataclass(frozen=True)
class _Receiver:
    """Where to listen, what to store into, what callers and viewers must know, where to forward to."""

    host: str
    port: int
    db: Path
    token: Secret | None
    view_token: Secret | None
    forward_to: SecretUrl | None

    @asynccontextmanager
    async def receiving(
        self, console: Console, remark: str
    ) -> AsyncIterator[asyncio.Queue[Received | _Forwarded]]:
        """What arrives, and what came of forwarding it. `remark` is told once it can."""
        # Here, as its packages are an optional extra.
        from defacto_webhooks.inbox import Inbox
        from defacto_webhooks.local_server.server import serving

        happened: asyncio.Queue[Received | _Forwarded] = asyncio.Queue()
        inbox = Inbox(
            self.db,
            catch_all=_INBOX,
            token=self.token,
            view_token=self.view_token,
            forward_to=self.forward_to,
            on_received=happened.put_nowait,
            on_refused=lambda why: console.note(f"Refused a POST with {line(why)}"),
            on_forwarded=lambda seq, forward: happened.put_nowait(_Forwarded(seq, forward)),
        )
        inbox.open(_INBOX)
        try:
            async with inbox.forwarding():
                async with serving(inbox.asgi, host=self.host, port=self.port) as address:
                    self._check_circle(address)
                    console.note(
                        f"Listening on {address.public} (any path), page at {address.local}/inbox/#{_INBOX};"
                        " Ctrl-C ends it."
                    )
                    console.note(
                        openness(
                            address,
                            token=self.token is not None,
                            view_token=self.view_token is not None,
                        )
                    )
                    if self.forward_to is not None:
                        console.note(f"Forwarding to {self.forward_to}")
                    console.note(remark)
                    yield happened
                await _finish_forwarding(inbox, console)
        finally:
            await inbox.aclose()

    def _check_circle(self, address: Address) -> None:
        if self.forward_to is None:
            return
        to = urlsplit(self.forward_to.reveal())
        own = urlsplit(address.public)
        if to.port == own.port and (is_loopback(to.hostname or "") or to.hostname == own.hostname):
            raise UserError("--forward-to would come back to this very receiver", "name another port")


async def _finish_forwarding(inbox: Inbox, console: Console) -> None:
    if inbox.forwarder is not None:
        left = await inbox.forwarder.finish(_GRACE_S)
        if left:
            console.note(f"Not forwarded any more: {left}. `listen --resend ID` does it.")


class _Expectation:
    """Which of the expected event types have come. One named twice is wanted twice; repeats don't count."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self.patterns = tuple(patterns)
        self._open = Counter(patterns)
        self._seen: set[tuple[str, str, str, str]] = set()

    @property
    def missing(self) -> list[str]:
        return sorted(self._open.elements())

    def meet(self, notification: Notification) -> None:
        if notification.is_sample or dedupe_key(notification) in self._seen:
            return
        self._seen.add(dedupe_key(notification))
        # A name before a glob, so that the glob is left for another.
        for pattern in sorted(self._open.elements(), key=is_glob):
            if expand(pattern, [notification.event_type]):
                self._open[pattern] -= 1
                return


class _Listener:
    """One run of the command."""

    def __init__(
        self,
        receiver: _Receiver,
        expectation: _Expectation,
        slack: Forwarder | None,
        console: Console,
        printer: _Printer,
        timeout_s: float | None,
    ) -> None:
        self._receiver = receiver
        self._expectation = expectation
        self._slack = slack
        self._console = console
        self._printer = printer
        self._timeout_s = timeout_s

    async def run(self) -> int:
        """The exit code."""
        self._question_names()
        interrupted = False
        remark = "" if self._slack is None else f"Forwarding to Slack: {self._slack.url}"
        async with self._forwarding_to_slack():
            async with self._receiver.receiving(self._console, remark) as happened:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._timeout_s) as limit:
                        interrupted = not await until_interrupted(self._take(happened))
                interrupted = interrupted and not limit.expired()
            # What was answered while the server ended came, too: nobody sends it again.
            while not happened.empty():
                self._tell(happened.get_nowait())
        return self._verdict(interrupted=interrupted)

    async def _take(self, happened: asyncio.Queue[Received | _Forwarded]) -> None:
        while not self._expectation.patterns or self._expectation.missing:
            self._tell(await happened.get())

    def _tell(self, what: Received | _Forwarded) -> None:
        if isinstance(what, _Forwarded):
            self._printer.forwarded(*what)
            return
        self._printer.received(what)
        notification = what.parsed.notification
        if notification is None or notification.is_sample:
            return
        self._expectation.meet(notification)
        if self._slack is not None and what.duplicate_of is None:
            self._slack.offer(notification)

    def _verdict(self, *, interrupted: bool) -> int:
        missing = self._expectation.missing
        if not missing:
            if self._expectation.patterns:
                self._console.note("Everything that was expected has come.")
            return Exit.DONE
        raise NotReceived(missing, None if interrupted else self._timeout_s)

    @asynccontextmanager
    async def _forwarding_to_slack(self) -> AsyncIterator[None]:
        if self._slack is None:
            yield
            return
        task = asyncio.create_task(self._slack.run())
        try:
            yield
            left = await self._slack.finish(_GRACE_S)
            if left:
                self._console.note(f"Not forwarded to Slack any more: {left}.")
        finally:
            task.cancel()
            await asyncio.wait([task])

    def _question_names(self) -> None:
        """An expected event that is in no catalogue may be new, or a slip of the finger."""
        for pattern in self._expectation.patterns:
            if expand(pattern, EVENT_TYPES):
                continue
            if is_glob(pattern):
                raise UserError(f"no event type matches {pattern!r}", "`defacto-webhooks events` lists them")
            meant = suggest(pattern)
            self._console.note(
                f"{line(pattern)} is in no list of event types; waiting for it all the same."
                + (f" Did you mean {meant}?" if meant else "")
            )


class _Printer:
    """What came and what became of it, a line each, as text or as JSON."""

    def __init__(self, console: Console, forward_to: SecretUrl | None, *, as_json: bool) -> None:
        self._console = console
        self._forward_to = forward_to
        self._as_json = as_json

    def received(self, received: Received) -> None:
        if self._as_json:
            from defacto_webhooks.inbox import json_lines  # here, as its packages are an optional extra

            self._console.result(json.dumps(json_lines.from_received(received)), Syntax.JSON)
        else:
            self._console.result(_received_line(received, self._console.style()))

    def forwarded(self, seq: int, forward: Forward) -> None:
        if self._as_json:
            document = {"id": seq, "forwarded_to": str(self._forward_to), **asdict(forward)}
            self._console.result(json.dumps(document), Syntax.JSON)
        else:
            self._console.result(_forwarded_line(seq, forward, str(self._forward_to), self._console.style()))


def _received_line(received: Received, style: Style) -> str:
    request, parsed = received.request, received.parsed
    fields, notification = parsed.fields, parsed.notification
    remarks = ["not valid: " + "; ".join(parsed.problems)] if parsed.problems else []
    if received.duplicate_of is not None:
        remarks.append(f"duplicate of #{received.duplicate_of}")
    if notification is not None and notification.is_sample:
        remarks.append("a sample of doctor --probe")
    name = fields.get("event_type", "no event type")
    parts = [
        _start(received.seq, request.received_at, style),
        style.paint(f"{line(name):<24}", "yellow" if remarks else "green", bold=True),
        *(line(fields[key]) for key in ("number", "amount") if key in fields),
        line(" ".join(fields[key] for key in ("entity_type", "id") if key in fields)),
        style.paint(line(f"{received.shown_path} from {request.source}"), dim=True),
        *(style.paint(line(remark), "yellow") for remark in remarks),
    ]
    return "  ".join(filter(None, parts))


def _forwarded_line(seq: int, forward: Forward, to: str, style: Style) -> str:
    color = "green" if forward.succeeded else "red"
    answer = forward.error or f"{forward.status}"
    return (
        f"{_start(seq, forward.at, style)}  -> {style.paint(answer, color, bold=True)}"
        f" in {forward.milliseconds} ms  {style.paint(line(to), dim=True)}"
    )


def _start(seq: int, at: float, style: Style) -> str:
    return f"{style.paint(f'{datetime.fromtimestamp(at).astimezone():%H:%M:%S}', dim=True)}  #{seq}"
