"""A fake hooks.slack.com that shows the messages it took.

It refuses what has no text, as Slack refuses a notification of Defacto's
(https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks). What Workflow Builder answers is
a guess.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from defacto_webhooks.local_server.problems import ERROR_HANDLERS
from defacto_webhooks.local_server.request_body import check_json, read
from defacto_webhooks.redaction.parts import SLACK_KINDS

_KEPT: Final = 200  # messages
_BODY_LIMIT: Final = 1_000_000  # bytes


def fake_slack() -> Starlette:
    """The ASGI app: POST /slack/services/…, triggers or workflows; GET /slack/messages, oldest first."""
    messages: deque[Any] = deque(maxlen=_KEPT)

    async def take(request: Request) -> Response:
        kind = request.path_params["kind"]
        if kind not in SLACK_KINDS:
            return PlainTextResponse("no_service", 404)
        try:
            message = check_json(await read(request, _BODY_LIMIT))
        except ValueError:
            return PlainTextResponse("invalid_payload", 400)
        if not isinstance(message, dict) or not isinstance(message.get("text", ""), str):
            return PlainTextResponse("invalid_payload", 400)
        if kind == "services" and not message.get("text", "").strip():
            return PlainTextResponse("no_text", 400)
        messages.append(message)
        return PlainTextResponse("ok") if kind == "services" else JSONResponse({"ok": True})

    async def show(_: Request) -> Response:
        return JSONResponse(list(messages))

    return Starlette(
        routes=[
            Route("/slack/messages", show, methods=["GET"]),
            Route("/slack/{kind}/{path:path}", take, methods=["POST"]),
        ],
        exception_handlers=ERROR_HANDLERS,
    )
