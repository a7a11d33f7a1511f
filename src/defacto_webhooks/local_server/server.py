"""Serves an ASGI app over HTTP for as long as a block lasts."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from defacto_webhooks.errors import UserError
from defacto_webhooks.local_server.lingering_close import lingering_close

_GRACE_S: Final = 2
_BACKLOG: Final = 1024  # the default of others drops connections of a burst


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Signals belong to the command, which has more to end than this server.
        yield


@asynccontextmanager
async def serving(
    app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0, ending: Callable[[], None] | None = None
) -> AsyncIterator[str]:
    """The URL under which `app` is served; port 0 is a free one. Its lifespan is not run.

    `ending` is called before the server waits for open requests, to let those go that would never end.
    Raises UserError where the address can't be used.
    """
    with _listening(host, port) as listener:
        config = uvicorn.Config(
            lingering_close(app),
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_S,
        )
        server = _Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await server.ready.wait()
            yield _url(host, listener)
        finally:
            if ending is not None:
                ending()
            server.should_exit = True
            await task


def _url(host: str, listener: socket.socket) -> str:
    address, port = listener.getsockname()[:2]
    if ipaddress.ip_address(address).is_unspecified:  # no callback can be sent to every address
        host = "::1" if ":" in address else "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise UserError(
            f"port {port} of {host} can't be used: {(error.strerror or str(error)).lower()}",
            "name another with --port; 0 takes any that is free",
        ) from None
