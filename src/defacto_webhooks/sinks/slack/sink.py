"""`--slack-url`: posts each notification to a Slack channel, as a message."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Self

from defacto_webhooks.api.retry import backoff_s, retry_after_s
from defacto_webhooks.errors import UserError
from defacto_webhooks.hosts import is_loopback
from defacto_webhooks.redaction import InvalidUrl, Secret, SecretUrl
from defacto_webhooks.sinks.forwarder import Forwarder, Reply, Tell
from defacto_webhooks.sinks.slack.messages import message, workflow_input
from defacto_webhooks.transport import async_client

if TYPE_CHECKING:  # its packages are an optional extra that `listen --help` does without
    from defacto_webhooks.inbox import Inbox, Received

_TIMEOUT_S: Final = 10.0  # to connect, and between two parts of an answer
_TRIES: Final = 8
_WORD_LIMIT: Final = 1_000  # bytes
_SLACK_WORD: Final = re.compile("[a-z_]{1,60}")  # `no_text`, `invalid_blocks`: what Slack answers


class Slack(Forwarder[dict[str, Any]]):
    """Posts valid notifications once each; samples of `doctor` and what came before are left out.

    Raises UserError where the environment's proxy or certificates can't be used.
    """

    option = "--slack-url"
    envvar = "DEFACTO_WEBHOOKS_SLACK_URL"
    help = "Post each notification to this Slack webhook or workflow. Safer as an environment variable."

    def __init__(
        self, url: SecretUrl, *args: Any, dice: Callable[[], float] = random.random, **options: Any
    ) -> None:
        super().__init__(url, *args, **options)
        self._dice = dice
        self._client = async_client(url, headers={}, timeout=_TIMEOUT_S)

    @classmethod
    def open(cls, url: str, _: Inbox, forwarded: Tell) -> Self:
        return cls(slack_url(url), forwarded)

    def item(self, received: Received) -> dict[str, Any] | None:
        notification = received.parsed.notification
        if notification is None or notification.is_sample or received.duplicate_of is not None:
            return None
        return workflow_input(notification) if _takes_workflow_input(self.url) else message(notification)

    async def post(self, item: dict[str, Any]) -> Reply:
        async with self._client.stream("POST", self.url.reveal(), json=item) as response:
            head = b""
            async for chunk in response.aiter_raw():
                head += chunk
                if len(head) > _WORD_LIMIT:
                    break
        word = head.decode("latin-1").strip()
        return Reply(
            response.status_code,
            word if not response.is_success and _SLACK_WORD.fullmatch(word) else None,
            may_repeat=response.status_code == 429,
            wait_s=retry_after_s(response.headers.get("retry-after"), datetime.now(UTC)),
        )

    def pauses_s(self) -> Iterable[float]:
        return (backoff_s(attempt, base_s=1.0, cap_s=60.0, dice=self._dice()) for attempt in range(1, _TRIES))

    async def aclose(self) -> None:
        await self._client.aclose()


def slack_url(text: str) -> SecretUrl:
    """A Slack webhook URL, or one on this machine. Raises UserError, which has no secret in it."""
    hint = "for example https://hooks.slack.com/services/…; Slack shows it when you create the webhook"
    path = text.find("/", len("https://")) + 1 or len(text)
    try:
        url = SecretUrl.from_file([text[:path], Secret(text[path:])])
    except InvalidUrl as error:
        raise UserError(f"the Slack URL {error}", hint) from None
    if is_loopback(url.host):
        return url
    if url.slack_kind in ("", "other"):
        raise UserError(f"{url} is not a Slack webhook URL", hint)
    if url.scheme != "https":
        raise UserError("the Slack URL must begin with https://", hint)
    return url


def _takes_workflow_input(url: SecretUrl) -> bool:
    """Whether it starts a workflow of Workflow Builder, which takes flat strings instead of a message."""
    if url.slack_kind:
        return url.slack_kind in ("triggers", "workflows")
    return any(f"/{kind}/" in url.reveal() for kind in ("triggers", "workflows"))
