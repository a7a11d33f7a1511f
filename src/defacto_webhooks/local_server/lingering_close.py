"""Reads the rest of a request's body after an early answer, so that the sender gets that instead of a reset.

uvicorn would go on reading it for as long as it comes, so an endless one would never end.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MAX_BYTES: Final = 100_000_000
_TIMEOUT_S: Final = 1.0


def lingering_close(app: ASGIApp) -> ASGIApp:
    """`app`, with the rest of a body read first, within limits, so that its sender gets to see the answer.

    Beyond them the connection is closed behind the answer.
    """

    async def entrance(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        finished = False

        async def noted() -> Message:
            nonlocal finished
            message = await receive()
            finished = message["type"] != "http.request" or not message.get("more_body", False)
            return message

        async def rest() -> None:
            left = _MAX_BYTES
            with suppress(TimeoutError):
                async with asyncio.timeout(_TIMEOUT_S):
                    while not finished and left > 0:
                        left -= len((await noted()).get("body", b""))

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and not finished and _announces_body(scope):
                await rest()
                if not finished:
                    message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
            await send(message)

        await app(scope, noted, answer)

    return entrance


def _announces_body(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"
