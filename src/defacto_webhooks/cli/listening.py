"""Listening from the first notification to the exit code."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from defacto_webhooks.cli.console import Console
from defacto_webhooks.cli.serving import until_interrupted
from defacto_webhooks.errors import Exit, UserError
from defacto_webhooks.events import EVENT_TYPES, expand, is_glob, suggest
from defacto_webhooks.inbox import Received
from defacto_webhooks.notification import dedupe_key
from defacto_webhooks.redaction import Secret
from defacto_webhooks.redaction.printable import line
from defacto_webhooks.render.format import Syntax
from defacto_webhooks.slack import Forwarder

_INBOX: Final = "main"
_SLACK_GRACE_S: Final = 5.0


@dataclass(frozen=True)
class Wish:
    """What the user asked for."""

    port: int
    host: str
    db: Path
    expected: tuple[str, ...]
    timeout_s: float | None
    as_json: bool
    token: Secret | None


class Expectation:
    """Which of the expected event types have come. One named twice is wanted twice; repeats don't count."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._open = Counter(patterns)
        self._seen: set[tuple[str, str, str, str]] = set()

    @property
    def missing(self) -> list[str]:
        return sorted(self._open.elements())

    def meet(self, received: Received) -> None:
        notification = received.parsed.notification
        if notification is None or notification.is_sample or dedupe_key(notification) in self._seen:
            return
        self._seen.add(dedupe_key(notification))
        # A name before a glob, so that the glob is left for another.
        for pattern in sorted(self._open.elements(), key=is_glob):
            if expand(pattern, [notification.event_type]):
                self._open[pattern] -= 1
                return


class Listening:
    """One run of the command."""

    def __init__(self, wish: Wish, slack: Forwarder | None, console: Console) -> None:
        self._wish = wish
        self._slack = slack
        self._console = console
        self._expectation = Expectation(wish.expected)

    async def run(self) -> int:
        """The exit code."""
        self._question_names()
        interrupted = False
        async with self._passing_on():
            async with self._receiving() as arrivals:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._wish.timeout_s) as limit:
                        interrupted = not await until_interrupted(self._take(arrivals))
                interrupted = interrupted and not limit.expired()
            # What was answered while the server ended came, too: nobody sends it again.
            while not arrivals.empty():
                self._tell(arrivals.get_nowait())
        return self._verdict(interrupted=interrupted)

    async def _take(self, arrivals: asyncio.Queue[Received]) -> None:
        while not self._wish.expected or self._expectation.missing:
            self._tell(await arrivals.get())

    def _tell(self, received: Received) -> None:
        if self._wish.as_json:
            self._console.result(self._as_json(received), Syntax.JSON)
        else:
            self._console.result(self._as_text(received))
        self._expectation.meet(received)
        notification = received.parsed.notification
        if self._slack is None or notification is None or notification.is_sample:
            return
        if received.duplicate_of is None:
            self._slack.offer(notification)

    def _verdict(self, *, interrupted: bool) -> int:
        missing = self._expectation.missing
        if not missing:
            if self._wish.expected:
                self._console.note("Everything that was expected has come.")
            return Exit.DONE
        if interrupted:
            code, message = Exit.INTERRUPTED, "interrupted before everything came"
            hint = f"missing: {', '.join(missing)}"
        else:
            code = Exit.ERROR
            message = f"within {self._wish.timeout_s:g} seconds these did not come: {', '.join(missing)}"
            hint = "is there a subscription to them, with a to_url that reaches this receiver?"
        self._console.error(message, hint)
        if self._wish.as_json:
            document = {"error": {"message": message, "hint": hint, "missing": missing}}
            self._console.result(json.dumps(document), Syntax.JSON)
        return code

    @asynccontextmanager
    async def _receiving(self) -> AsyncIterator[asyncio.Queue[Received]]:
        from defacto_webhooks.inbox import Inbox
        from defacto_webhooks.local_server.server import serving

        wish, note = self._wish, self._console.note
        arrivals: asyncio.Queue[Received] = asyncio.Queue()
        inbox = Inbox(
            wish.db,
            catch_all=_INBOX,
            token=wish.token,
            on_received=arrivals.put_nowait,
            on_refused=lambda why: note(f"Refused a POST with {line(why)}"),
        )
        inbox.open(_INBOX)
        try:
            async with serving(inbox.asgi, host=wish.host, port=wish.port) as address:
                url = address.local
                note(f"Listening on {url} (any path), page at {url}/inbox/#{_INBOX}; Ctrl-C ends it.")
                if self._slack is not None:
                    note(f"What arrives is passed on to Slack: {self._slack.url}")
                yield arrivals
        finally:
            inbox.close()

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
        for pattern in self._wish.expected:
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
