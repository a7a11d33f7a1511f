"""Everything of the sandbox under one address: the local API, the inboxes, the stand-in for Slack."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from defacto_webhooks.inbox import Inbox
from defacto_webhooks.inbox.access import is_this_machine
from defacto_webhooks.local_api.local_api import LocalApi
from defacto_webhooks.local_server.problems import Problem, problem_response
from defacto_webhooks.sandbox.fake_slack import FakeSlack


def site(api: LocalApi, inbox: Inbox, slack: FakeSlack, *, any_host: bool = False) -> ASGIApp:
    """The ASGI app. Paths that are nobody else's are the API's; `/` leads to the inbox page.

    The API's key is known to everybody, so without `any_host` it answers under this machine's own names
    only: another site's page could make a name of its own point here.
    """
    to_api, to_inbox, to_slack = api.asgi, inbox.asgi, slack.asgi

    async def entrance(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if inbox.serves(path):
            await to_inbox(scope, receive, send)
        elif scope["type"] == "http" and not any_host and not is_this_machine(Request(scope)):
            refusal = Problem(403, "The local API is for this machine: call it as 127.0.0.1 or localhost.")
            await problem_response(Request(scope), refusal)(scope, receive, send)
        elif slack.serves(path):
            await to_slack(scope, receive, send)
        elif path == "/" and scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            await RedirectResponse("/inbox/")(scope, receive, send)
        else:
            await to_api(scope, receive, send)

    return entrance
