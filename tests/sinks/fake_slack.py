"""A fake hooks.slack.com: takes messages and refuses what Slack refuses, in Slack's words.

Incoming webhooks are `/slack/services/…`
(https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks). What Workflow Builder, here
`/slack/triggers/…` and `/slack/workflows/…`, answers is a guess. It shares nothing with
what makes the messages.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from defacto_webhooks.local_server.problems import ERROR_HANDLERS
from defacto_webhooks.local_server.request_body import check_json, read

_KEPT: Final = 200
_BODY_LIMIT: Final = 1_000_000
_BLOCKS_LIMIT: Final = 50
_HEADER_LIMIT: Final = 150
_SECTION_LIMIT: Final = 3_000
_FIELD_LIMIT: Final = 2_000
_FIELDS_LIMIT: Final = 10
_ELEMENTS_LIMIT: Final = 10


class FakeSlack:
    """`messages` are the accepted bodies, oldest first.

    The next answers come from `limited` as long as it has any: each is a 429 with these seconds in
    Retry-After; and from `failing`: each is that status and text.
    """

    def __init__(self) -> None:
        self.messages: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self.limited: deque[int] = deque()
        self.failing: deque[tuple[int, str]] = deque()
        self.requests = 0
        self._app = Starlette(
            routes=[
                Route("/slack/services/{team}/{channel}/{token}", self._service, methods=["POST"]),
                Route("/slack/{kind:str}/{path:path}", self._workflow, methods=["POST"]),
            ],
            exception_handlers=ERROR_HANDLERS,
        )

    @property
    def asgi(self) -> ASGIApp:
        """The ASGI app."""
        return self._app

    async def _service(self, request: Request) -> Response:
        body = await self._body(request)
        if isinstance(body, PlainTextResponse):
            return body
        wrong = refusal(body)
        if wrong:
            return PlainTextResponse(wrong, 400)
        self.messages.append(body)
        return PlainTextResponse("ok")

    async def _workflow(self, request: Request) -> Response:
        if request.path_params["kind"] not in ("triggers", "workflows"):
            return PlainTextResponse("no_service", 404)
        body = await self._body(request)
        if isinstance(body, PlainTextResponse):
            return body
        self.messages.append(body)
        return JSONResponse({"ok": True})

    async def _body(self, request: Request) -> dict[str, Any] | PlainTextResponse:
        """The body; or the answer, where something else comes first."""
        raw = await read(request, _BODY_LIMIT)
        self.requests += 1
        if self.limited:
            return PlainTextResponse(
                "rate_limited", 429, headers={"retry-after": str(self.limited.popleft())}
            )
        if self.failing:
            status, text = self.failing.popleft()
            return PlainTextResponse(text, status)
        try:
            body = check_json(raw)
        except ValueError:
            body = None
        return body if isinstance(body, dict) else PlainTextResponse("invalid_payload", 400)


def refusal(message: dict[str, Any]) -> str | None:
    text, blocks = message.get("text"), message.get("blocks")
    if text is not None and not isinstance(text, str):
        return "invalid_payload"
    if blocks is not None and not _valid_blocks(blocks):
        return "invalid_blocks"
    if not (text and text.strip()) and not blocks and not message.get("attachments"):
        return "no_text"
    return None


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
