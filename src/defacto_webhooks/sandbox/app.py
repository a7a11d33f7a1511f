"""Everything of the sandbox under one address: the local API, the inboxes, the fake Slack."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from defacto_webhooks.inbox import Inbox
from defacto_webhooks.local_api.local_api import LocalApi
from defacto_webhooks.local_server.caller import is_this_machine, is_web_page
from defacto_webhooks.local_server.problems import Problem, problem_response
from defacto_webhooks.sandbox.fake_slack import fake_slack


def sandbox_app(api: LocalApi, inbox: Inbox, *, public: bool = False) -> ASGIApp:
    """The ASGI app. Paths that are nobody else's are the API's; `/` leads to the inbox page.

    The API's key is known to everybody, so only with `public` it answers others than this machine. What Slack
    was sent is shown to those who may look at the inbox.
    """
    to_api, to_inbox, to_slack = api.asgi, inbox.asgi, fake_slack()

    def check(request: Request) -> None:
        """Raises Problem where this caller may not use the API or the fake Slack."""
        if not public and not is_this_machine(request):
            raise Problem(403, "The local API only serves this machine: call it as 127.0.0.1 or localhost.")
        if request.scope["path"].startswith("/slack/"):
            if request.method == "GET":
                inbox.viewers.check(request)
            elif is_web_page(request.headers):
                raise Problem(403, "This came from a web page; messages to Slack come from programs.")

    async def entrance(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if inbox.serves(path):
            await to_inbox(scope, receive, send)
            return
        try:
            check(Request(scope))
        except Problem as problem:
            await problem_response(Request(scope), problem)(scope, receive, send)
            return
        if path.startswith("/slack/"):
            await to_slack(scope, receive, send)
        elif path == "/" and scope["method"] in ("GET", "HEAD"):
            await RedirectResponse("/inbox/")(scope, receive, send)
        else:
            await to_api(scope, receive, send)

    return entrance
