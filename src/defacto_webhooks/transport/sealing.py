"""Requests that don't tell where they go: a URL holds tokens."""

from __future__ import annotations

import httpx


class SealedUrl(httpx.URL):
    """Shows nothing but its scheme; what sends it reads its parts."""

    def __str__(self) -> str:
        return f"{self.scheme}://hidden/"

    def __repr__(self) -> str:
        return f"SealedUrl({str(self)!r})"


def sealed(request: httpx.Request) -> httpx.Request:
    """The same request, which from now on doesn't show its URL."""
    request.url = SealedUrl(request.url)
    return request


async def seal(request: httpx.Request) -> None:
    """As a hook of a client."""
    sealed(request)
