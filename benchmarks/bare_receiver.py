"""Reads the body and answers 204, nothing else: the floor of the same framework and server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from defacto_webhooks.sandbox.serving import serving

if TYPE_CHECKING:
    from starlette.requests import Request


async def main() -> None:
    taken = 0

    async def take(request: Request) -> Response:
        nonlocal taken
        await request.body()
        taken += 1
        return Response(status_code=204)

    async def count(_: Request) -> Response:
        return PlainTextResponse(str(taken))

    app = Starlette(routes=[Route("/count", count), Route("/{path:path}", take, methods=["POST"])])
    async with serving(app) as url:
        print(url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
