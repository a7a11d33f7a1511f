"""The sandbox's fake Slack with answers on demand, and the rules for blocks that the real one has."""

from __future__ import annotations

from collections import deque
from typing import Any, Final

import httpx
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from defacto_webhooks.sandbox.fake_slack import fake_slack

_BLOCKS_LIMIT: Final = 50
_HEADER_LIMIT: Final = 150
_SECTION_LIMIT: Final = 3_000
_FIELD_LIMIT: Final = 2_000
_FIELDS_LIMIT: Final = 10
_ELEMENTS_LIMIT: Final = 10


class ScriptedSlack:
    """The next answers come from `limited` as long as it has any: each is a 429 with these seconds in
    Retry-After; and from `failing`: each is that status and text.
    """

    def __init__(self) -> None:
        self.limited: deque[int] = deque()
        self.failing: deque[tuple[int, str]] = deque()
        self.requests = 0
        self._app = fake_slack()

    @property
    def asgi(self) -> ASGIApp:
        async def entrance(scope: Scope, receive: Receive, send: Send) -> None:
            app: ASGIApp = self._app
            if scope["method"] == "POST":
                self.requests += 1
                if self.limited:
                    headers = {"retry-after": str(self.limited.popleft())}
                    app = PlainTextResponse("rate_limited", 429, headers)
                elif self.failing:
                    status, text = self.failing.popleft()
                    app = PlainTextResponse(text, status)
            await app(scope, receive, send)

        return entrance

    async def messages(self) -> list[dict[str, Any]]:
        """What it took, oldest first."""
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://slack") as client:
            taken: list[dict[str, Any]] = (await client.get("/slack/messages")).json()
        assert all(has_valid_blocks(message) for message in taken)
        return taken


def has_valid_blocks(message: dict[str, Any]) -> bool:
    """Whether Slack would take the blocks of `message`, if it has any."""
    return _valid_blocks(message.get("blocks", []))


def _valid_blocks(blocks: object) -> bool:
    if not isinstance(blocks, list) or len(blocks) > _BLOCKS_LIMIT:
        return False
    return all(isinstance(block, dict) and _valid_block(block) for block in blocks)


def _valid_block(block: dict[str, Any]) -> bool:
    match block.get("type"):
        case "header":
            return _valid_text(block.get("text"), _HEADER_LIMIT, ("plain_text",))
        case "section":
            fields = block.get("fields", [])
            return (
                ("text" in block or bool(fields))
                and _valid_text(block.get("text", _ANY_TEXT), _SECTION_LIMIT)
                and isinstance(fields, list)
                and len(fields) <= _FIELDS_LIMIT
                and all(_valid_text(field, _FIELD_LIMIT) for field in fields)
            )
        case "context":
            elements = block.get("elements")
            return (
                isinstance(elements, list)
                and 0 < len(elements) <= _ELEMENTS_LIMIT
                and all(_valid_text(element, _FIELD_LIMIT) for element in elements)
            )
        case "divider":
            return True
        case _:
            return False


_ANY_TEXT: Final = {"type": "mrkdwn", "text": "-"}


def _valid_text(value: object, limit: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> bool:
    if not isinstance(value, dict) or value.get("type") not in kinds:
        return False
    text = value.get("text")
    return isinstance(text, str) and 0 < len(text) <= limit
