"""Everything of the sandbox under one address: the local API, the inboxes, the stand-in for Slack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from defacto_webhooks.sandbox.fake_slack import FakeSlack
    from defacto_webhooks.sandbox.inbox import Inbox
    from defacto_webhooks.sandbox.local_api import LocalApi


def site(api: LocalApi, inbox: Inbox, slack: FakeSlack) -> ASGIApp:
    """The ASGI app. Paths that are nobody else's are the API's; `/` leads to the inbox page."""
    to_api, to_inbox, to_slack = api.asgi, inbox.asgi, slack.asgi

    async def entrance(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if inbox.serves(path):
            await to_inbox(scope, receive, send)
        elif slack.serves(path):
            await to_slack(scope, receive, send)
        elif path == "/" and scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            await RedirectResponse("/inbox/")(scope, receive, send)
        else:
            await to_api(scope, receive, send)

    return entrance
