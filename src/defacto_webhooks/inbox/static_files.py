"""What a browser is given: the page, or a word instead of it."""

from __future__ import annotations

import html
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

# Nothing inline, nothing from elsewhere, and no string of a notification ever becomes markup.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script';"
    " trusted-types 'none'"
)
HEADERS: Final = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
_TYPES: Final = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
_FOLDER: Final = files(__package__) / "assets"
ASSETS: Final = tuple(sorted(file.name for file in _FOLDER.iterdir()))


async def asset(request: Request) -> Response:
    """The file that the path ends with."""
    name = request.scope["path"].rpartition("/")[2] or "index.html"
    media_type = _TYPES[name[name.rindex(".") :]]
    return Response((_FOLDER / name).read_bytes(), media_type=media_type, headers=HEADERS)


def explanation(title: str, text: str, more: str, status: int) -> HTMLResponse:
    """A page of a few words; `more` is markup."""
    return HTMLResponse(
        "<!doctype html><html lang=en><meta charset=utf-8>"
        f"<meta name=viewport content='width=device-width'><title>{html.escape(title)}</title>"
        "<link rel=icon href=/inbox/icon.svg><link rel=stylesheet href=/inbox/inbox.css>"
        f"<main class=explanation><h1>{html.escape(title)}</h1><p>{html.escape(text)}</p>{more}</main>",
        status,
        HEADERS,
    )


def wants_page(request: Request) -> bool:
    """Whether a browser asks, for somebody to read."""
    return "text/html" in request.headers.get("accept", "")
