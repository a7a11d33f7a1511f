"""Forwards notifications to Slack in the background: each once, in order."""

from __future__ import annotations

import asyncio
import random
import re
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

import httpx

from defacto_webhooks.api.retry import backoff_s, retry_after_s
from defacto_webhooks.errors import UserError
from defacto_webhooks.hosts import is_loopback
from defacto_webhooks.notification import Notification, dedupe_key
from defacto_webhooks.redaction import SecretUrl
from defacto_webhooks.redaction.logs import redact_httpx_log
from defacto_webhooks.redaction.printable import line
from defacto_webhooks.slack.address import takes_workflow_input
from defacto_webhooks.slack.messages import message, workflow_input

_TIMEOUT_S: Final = 10.0
_TRIES: Final = 8
_LONGEST_WAIT_S: Final = 300.0
_QUEUE_LIMIT: Final = 10_000
_REMEMBERED: Final = 50_000
_WORD_LIMIT: Final = 1_000  # bytes
_SLACK_WORD: Final = re.compile("[a-z_]{1,60}")  # `no_text`, `invalid_blocks`: what Slack answers


class Forwarder:
    """`offer` never waits and never fails; `run` does the sending.

    A notification is sent again only if Slack can't have posted it: after a 429, or where there was no
    connection. After anything else it is given up, and `say` gets one line about it, without a secret; the
    notification itself is safe with its receiver.

    Raises UserError where the environment's proxy settings can't be used.
    """

    def __init__(
        self,
        url: SecretUrl,
        say: Callable[[str], None],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self.url = url
        self._say = say
        self._sleep = sleep
        self._dice = dice
        self._client = _client(url)
        self._queue: deque[tuple[str, object]] = deque()  # what it is, and the message
        self._seen: dict[tuple[str, str, str, str], None] = {}
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self.sent = 0
        self.failed = 0

    def offer(self, notification: Notification) -> None:
        """Queue it, unless it was offered before."""
        key = dedupe_key(notification)
        if key in self._seen:
            return
        self._seen[key] = None
        if len(self._seen) > _REMEMBERED:
            del self._seen[next(iter(self._seen))]
        what = line(f"{notification.event_type} {notification.id}")
        if len(self._queue) >= _QUEUE_LIMIT:
            self._give_up(what, f"{_QUEUE_LIMIT} others are queued")
            return
        as_input = takes_workflow_input(self.url)
        self._queue.append((what, workflow_input(notification) if as_input else message(notification)))
        self._idle.clear()
        self._wake.set()

    async def run(self) -> None:
        """Send what was offered, until cancelled."""
        redact_httpx_log()
        async with self._client:
            while True:
                await self._wake.wait()
                while self._queue:
                    await self._forward(*self._queue[0])
                    self._queue.popleft()
                self._wake.clear()
                self._idle.set()

    async def finish(self, grace_s: float) -> int:
        """Wait up to `grace_s` seconds for the queue to empty; how many are left in it."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), grace_s)
        return len(self._queue)

    async def _forward(self, what: str, body: object) -> None:
        for attempt in range(1, _TRIES + 1):
            pause = backoff_s(attempt, base_s=1.0, cap_s=60.0, dice=self._dice())
            try:
                status, word, wait = await self._post(body)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                why = "no connection to Slack"
            except Exception as error:
                # Whatever an answer can cause is the end of this one alone; the message may quote the URL.
                self._give_up(what, f"no answer from Slack ({type(error).__name__}); it may have been posted")
                return
            else:
                if 200 <= status < 300:
                    self.sent += 1
                    return
                if status != 429:
                    self._give_up(what, f"Slack answered {status} {word}".strip())
                    return
                why = "Slack asked for fewer messages (429)"
                pause = pause if wait is None else min(wait, _LONGEST_WAIT_S)
            if attempt < _TRIES:
                await self._sleep(pause)
        self._give_up(what, why)

    async def _post(self, body: object) -> tuple[int, str, float | None]:
        """The status, Slack's word for it, and how many seconds it asks to wait."""
        async with (
            asyncio.timeout(2 * _TIMEOUT_S),
            self._client.stream("POST", self.url.reveal(), json=body) as response,
        ):
            head = b""
            async for chunk in response.aiter_raw():
                head += chunk
                if len(head) > _WORD_LIMIT:
                    break
        word = head.decode("latin-1").strip()
        wait = retry_after_s(response.headers.get("retry-after"), datetime.now(UTC))
        return response.status_code, word if _SLACK_WORD.fullmatch(word) else "", wait

    def _give_up(self, what: str, why: str) -> None:
        self.failed += 1
        self._say(f"not forwarded to Slack: {what}: {why}")


def _client(url: SecretUrl) -> httpx.AsyncClient:
    """For `url`: to this machine never through a proxy, elsewhere through that of the environment."""
    try:
        return httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=not is_loopback(url.host))
    except Exception as error:
        raise UserError(
            f"the environment's proxy settings can't be used ({type(error).__name__})",
            "check HTTPS_PROXY, ALL_PROXY, NO_PROXY and SSL_CERT_FILE",
        ) from error
