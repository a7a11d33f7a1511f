"""The page: four files of this package, and the headers that keep it to itself."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

# Nothing inline, nothing from elsewhere, and no string of a notification ever becomes markup.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script';"
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
ASSETS: Final = {
    "index.html": "text/html",
    "inbox.css": "text/css",
    "inbox.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}


async def asset(request: Request) -> Response:
    """The file that the path ends with."""
    name = request.scope["path"].rpartition("/")[2] or "index.html"
    content = (files(__package__) / "assets" / name).read_bytes()
    return Response(content, media_type=ASSETS[name], headers=HEADERS)
