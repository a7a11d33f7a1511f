"""Who may send, and who may look: two doors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from defacto_webhooks.inbox import Inbox, Received
from defacto_webhooks.redaction import Secret
from tests import local
from tests.inbox.support import inbox_served, listed, notification

VIEWS = (
    ("GET", "/inboxes"),
    ("POST", "/inboxes"),
    ("DELETE", "/inboxes/main"),
    ("GET", "/inboxes/main/notifications"),
    ("GET", "/inboxes/main/notifications.jsonl"),
    ("DELETE", "/inboxes/main/notifications"),
    ("GET", "/inboxes/main/notifications/1"),
    ("DELETE", "/inboxes/main/notifications/1"),
    ("GET", "/inboxes/main/notifications/1/value?part=query&index=0"),
    ("POST", "/inboxes/main/notifications/1/resend"),
    ("GET", "/inboxes/main/changes"),
)
TUNNELS = [
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Client-Cert",
    "Forwarded",
    "Via",
    "X-Real-IP",
    "X-Original-Host",
    "X-Original-URL",
    "CF-Connecting-IP",
    "CF-Ray",
    "DO-Connecting-IP",
    "True-Client-IP",
    "Fastly-Client-IP",
    "X-Azure-ClientIP",
    "Fly-Region",
    "X-Envoy-External-Address",
    "X-Amzn-Trace-Id",
    "X-Cluster-Client-IP",
    "Tailscale-User-Login",
    "CDN-Loop",
    "X-Scheme",
    "X-Forward-For",
    "X-Varnish",
    "Front-End-HTTPS",
    "Pseudo-IPv4",
]
BROWSERS = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://["},
]


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[str]:
    """Reachable from elsewhere, with the view token `let-me-see`."""
    inbox = Inbox(tmp_path / "inbox.db", view_token=Secret("let-me-see"))
    inbox.open("main")
    with inbox_served(inbox, host="0.0.0.0") as url:  # noqa: S104
        yield url


def assert_closed(url: str, headers: dict[str, str], status: int = 403) -> None:
    for method, path in VIEWS:
        assert local.request(method, f"{url}{path}", headers=headers).status_code == status, path


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example"},
        {"host": "["},
        {"host": "192.0.2.1"},
        *({"host": "localhost", name: "203.0.113.9"} for name in TUNNELS),
    ],
    ids=str,
)
def test_what_comes_from_elsewhere_is_taken_and_sees_nothing(url: str, headers: dict[str, str]) -> None:
    assert local.post(f"{url}/inbox/main", json=notification(), headers=headers).status_code == 204
    assert_closed(url, headers)
    assert local.get(f"{url}/inbox/", headers=headers).status_code == 403
    assert len(listed(url)) == 1


@pytest.mark.parametrize("headers", BROWSERS, ids=str)
def test_a_web_page_can_neither_send_nor_see(tmp_path: Path, headers: dict[str, str]) -> None:
    received: list[Received] = []
    refused: list[str] = []
    inbox = Inbox(
        tmp_path / "inbox.db", catch_all="main", on_received=received.append, on_refused=refused.append
    )
    with inbox_served(inbox) as url:
        for path in ("/inbox/main", "/any/path"):
            assert local.post(f"{url}{path}", json=notification(), headers=headers).status_code == 403
        assert_closed(url, headers)
        own = {"sec-fetch-site": "same-origin", "origin": url}
        assert local.post(f"{url}/inboxes", headers=own).status_code == 201
        # Somebody may follow another site's link to the page itself.
        assert local.get(f"{url}/inbox/", headers={"sec-fetch-site": "cross-site"}).status_code == 200
    assert not received
    assert refused == ["403: This came from a web page; notifications come from servers."] * 2


def test_an_address_that_others_use_is_open_to_this_machine_too(tmp_path: Path, own_address: str) -> None:
    inbox = Inbox(tmp_path / "inbox.db")
    with inbox_served(inbox, host=own_address) as url:
        assert local.get(f"{url}/inboxes").status_code == 200
        assert local.get(f"{url}/inboxes", headers={"host": "rebound.example"}).status_code == 403


def test_another_machine_sees_nothing_without_the_view_token(guarded: str, own_address: str) -> None:
    # From another address than the one it goes to, as another machine's request does.
    transport = httpx.HTTPTransport(local_address=own_address)
    with local.Client(base_url=guarded, transport=transport) as other:
        assert other.post("/inbox/main?token=s3cret", json=notification()).status_code == 204
        for method, path in VIEWS:
            answer = other.request(method, path)
            assert (answer.status_code, "s3cret" in answer.text) == (401, False)
        page = other.get("/inbox/", headers={"accept": "text/html"})
        assert (page.status_code, "View token" in page.text) == (401, True)
        assert other.get("/inbox/?view_token=wrong").status_code == 401
        assert other.get("/inboxes", headers={"authorization": "Bearer wrong"}).status_code == 401
        assert other.get("/inboxes", headers={"authorization": "Bearer let-me-see"}).status_code == 200
        assert other.get("/inboxes").status_code == 401
        entered = other.get("/inbox/?view_token=let-me-see")
        assert (entered.status_code, entered.headers["location"]) == (303, "/inbox/")
        cookie = entered.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "let-me-see" not in cookie
        assert other.get("/inboxes").status_code == 200
        assert other.get("/inboxes", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert len(listed(guarded)) == 1, "this machine needs no token"


def test_a_tunnel_needs_the_view_token_too(guarded: str) -> None:
    far = {"host": "localhost", "cf-connecting-ip": "203.0.113.9"}
    assert_closed(guarded, far, 401)
    assert local.get(f"{guarded}/inboxes", headers={**far, "authorization": "Bearer let-me-see"}).is_success


def test_what_a_browser_on_this_machine_sends_is_no_tunnel(url: str) -> None:
    headers = {
        "accept-language": "de",
        "cache-control": "max-age=0",
        "dnt": "1",
        "priority": "u=0, i",
        "referer": f"{url}/inbox/",
        "sec-ch-ua": '"Chromium";v="143"',
        "sec-fetch-site": "same-origin",
        "sec-gpc": "1",
        "upgrade-insecure-requests": "1",
        "x-requested-with": "XMLHttpRequest",
        "x-request-id": "1",
    }
    assert local.get(f"{url}/inboxes", headers=headers).status_code == 200


def test_the_source_of_what_comes_is_kept(url: str) -> None:
    for said in ("203.0.113.9, 10.0.0.1", "\x1b[31mred", ""):
        headers = [(b"x-forwarded-for", said.encode())] if said else []
        local.post(f"{url}/inbox/main", json=notification(), headers=headers)
    sources = [local.get(f"{url}/inboxes/main/notifications/{seq}").json()["source"] for seq in (1, 2, 3)]
    assert sources == ["203.0.113.9 via 127.0.0.1", "127.0.0.1", "127.0.0.1"]
