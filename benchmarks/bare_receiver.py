"""Reads the body and answers 204, nothing else: the floor of the same framework and server."""

from __future__ import annotations

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

taken = 0


async def take(request: Request) -> Response:
    global taken
    await request.body()
    taken += 1
    return Response(status_code=204)


async def count(_: Request) -> Response:
    return PlainTextResponse(str(taken))


app = Starlette(routes=[Route("/count", count), Route("/{path:path}", take, methods=["POST"])])

if __name__ == "__main__":
    uvicorn.run(app, port=0, access_log=False, lifespan="off")  # prints its URL
