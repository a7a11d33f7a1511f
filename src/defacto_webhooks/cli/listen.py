"""`listen`: a receiver that prints, stores and shows what comes, and can wait for certain events."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from defacto_webhooks.cli.console import Console
from defacto_webhooks.cli.failure import NotReceived
from defacto_webhooks.cli.invocation import Invocation
from defacto_webhooks.cli.options import command, formats
from defacto_webhooks.cli.serving import HOST, db, port, until_interrupted
from defacto_webhooks.errors import Exit, UserError
from defacto_webhooks.events import EVENT_TYPES, expand, is_glob, suggest
from defacto_webhooks.notification import Notification, dedupe_key
from defacto_webhooks.redaction import Secret
from defacto_webhooks.redaction.printable import line
from defacto_webhooks.render.format import Syntax
from defacto_webhooks.signals import Signals
from defacto_webhooks.slack import Forwarder
from defacto_webhooks.slack import slack_url as checked_slack_url

if TYPE_CHECKING:  # its packages are an optional extra that `listen --help` does without
    from defacto_webhooks.inbox import Received

_INBOX: Final = "main"
_SLACK_GRACE_S: Final = 5.0


@command()
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
    help="Refuse callers without it in their query. Better in the variable: others on this machine see"
    " arguments.",
)
@click.option(
    "--slack-url",
    metavar="URL",
    envvar="DEFACTO_WEBHOOKS_SLACK_URL",
    show_envvar=True,
    help="Pass notifications on to this Slack webhook or workflow. Better in the variable, too.",
)
@db(Path(".defacto-webhooks/inbox.db"))
def listen(
    invocation: Invocation,
    expect: tuple[str, ...],
    timeout: float | None,
    format_: str,
    port: int,
    host: str,
    token: str | None,
    slack_url: str | None,
    db: Path,
) -> int:
    """Receive notifications, print them, show them on a page.

    Takes a POST to any path, answers 204 at once, and prints one line for
    each. With --expect it is an end-to-end check: exit code 0 once all have
    come, 1 naming what is missing when the time is up. Repeats count once.

    \b
    Example:
      defacto-webhooks listen --expect Invoice.SUBMITTED \\
        --expect Invoice.VERIFIED --timeout 60
    """
    if token == "":
        raise UserError("the token is empty, which would let everyone in", "leave out --token, or fill it")
    invocation.one_line = True
    console = invocation.console
    receiver = _Receiver(host, port, db, None if token is None else Secret(token))
    slack = None if slack_url is None else Forwarder(checked_slack_url(slack_url), console.note)
    listener = _Listener(receiver, _Expectation(expect), slack, console, timeout, as_json=format_ == "json")
    return Signals(console.note).run(listener.run())


@dataclass(frozen=True)
class _Receiver:
    """Where to listen, what to store into, and what callers must know."""

    host: str
    port: int
    db: Path
    token: Secret | None

    @asynccontextmanager
    async def receiving(self, console: Console, remark: str) -> AsyncIterator[asyncio.Queue[Received]]:
        """What arrives. `remark` is told once it can."""
        # Here, as its packages are an optional extra.
        from defacto_webhooks.inbox import Inbox
        from defacto_webhooks.local_server.server import serving

        note = console.note
        arrivals: asyncio.Queue[Received] = asyncio.Queue()
        inbox = Inbox(
            self.db,
            catch_all=_INBOX,
            token=self.token,
            on_received=arrivals.put_nowait,
            on_refused=lambda why: note(f"Refused a POST with {line(why)}"),
        )
        inbox.open(_INBOX)
        try:
            async with serving(inbox.asgi, host=self.host, port=self.port) as address:
                url = address.local
                note(f"Listening on {url} (any path), page at {url}/inbox/#{_INBOX}; Ctrl-C ends it.")
                if remark:
                    note(remark)
                yield arrivals
        finally:
            inbox.close()


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
        timeout_s: float | None,
        *,
        as_json: bool,
    ) -> None:
        self._receiver = receiver
        self._expectation = expectation
        self._slack = slack
        self._console = console
        self._timeout_s = timeout_s
        self._is_json = as_json

    async def run(self) -> int:
        """The exit code."""
        self._question_names()
        interrupted = False
        async with self._passing_on():
            remark = f"What arrives is passed on to Slack: {self._slack.url}" if self._slack else ""
            async with self._receiver.receiving(self._console, remark) as arrivals:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._timeout_s) as limit:
                        interrupted = not await until_interrupted(self._take(arrivals))
                interrupted = interrupted and not limit.expired()
            # What was answered while the server ended came, too: nobody sends it again.
            while not arrivals.empty():
                self._tell(arrivals.get_nowait())
        return self._verdict(interrupted=interrupted)

    async def _take(self, arrivals: asyncio.Queue[Received]) -> None:
        while not self._expectation.patterns or self._expectation.missing:
            self._tell(await arrivals.get())

    def _tell(self, received: Received) -> None:
        if self._is_json:
            self._console.result(self._as_json(received), Syntax.JSON)
        else:
            self._console.result(self._as_text(received))
        notification = received.parsed.notification
        if notification is None or notification.is_sample:
            return
        self._expectation.meet(notification)
        if self._slack is not None and received.duplicate_of is None:
            self._slack.offer(notification)

    def _verdict(self, *, interrupted: bool) -> int:
        missing = self._expectation.missing
        if not missing:
            if self._expectation.patterns:
                self._console.note("Everything that was expected has come.")
            return Exit.DONE
        raise NotReceived(missing, None if interrupted else self._timeout_s)

    @asynccontextmanager
    async def _passing_on(self) -> AsyncIterator[None]:
        if self._slack is None:
            yield
            return
        task = asyncio.create_task(self._slack.run())
        try:
            yield
            left = await self._slack.finish(_SLACK_GRACE_S)
            if left:
                self._console.note(f"Not passed on to Slack any more: {left}.")
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

    def _as_text(self, received: Received) -> str:
        style, fields = self._console.style(), received.parsed.fields
        at = datetime.fromtimestamp(received.request.received_at).astimezone()
        name = line(fields.get("event_type", "no event type"))
        about = line(" ".join(fields[key] for key in ("entity_type", "id") if key in fields))
        remarks = ["not valid: " + "; ".join(received.parsed.problems)] if received.parsed.problems else []
        if received.duplicate_of is not None:
            remarks.append("duplicate")
        if received.parsed.notification is not None and received.parsed.notification.is_sample:
            remarks.append("a sample of doctor --probe")
        if received.request.inbox != _INBOX:
            about += f"  in {received.request.inbox}"
        parts = [
            style.paint(f"{at:%H:%M:%S}", dim=True),
            style.paint(f"{name:<24}", "yellow" if remarks else "green", bold=True),
            about,
            *(style.paint(line(remark), "yellow") for remark in remarks),
        ]
        return "  ".join(filter(None, parts)).rstrip()

    def _as_json(self, received: Received) -> str:
        """One line; the values of the URL and the headers are not in it."""
        reading = received.parsed
        at = datetime.fromtimestamp(received.request.received_at, UTC)
        document: dict[str, Any] = {
            "received_at": at.isoformat(),
            "inbox": received.request.inbox,
            "event_type": reading.fields.get("event_type"),
            "valid": not reading.problems,
            "problems": list(reading.problems),
            "duplicate": received.duplicate_of is not None,
            "notification": json.loads(received.request.body) if reading.is_json else None,
        }
        return json.dumps(document)
