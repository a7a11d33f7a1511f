"""What the page is told: everything once, nothing lost over a break, and no hidden value unasked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from defacto_webhooks.inbox import Inbox
from tests.inbox.support import inbox_served, listed, notification, streaming

HEADERS = {"authorization": "Bearer s3cret-header", "cookie": "a=s3cret-cookie", "x-odd": "s3cret-odd"}
TARGET = "/inbox/main/callback/S3cretPath?token=s3cret-value&s3cret-bare&s3cret-key-9=x"


def send(url: str, event_type: str = "Invoice.SUBMITTED", number: int = 1, **changes: Any) -> None:
    body = notification(event_type, number, **changes)
    assert httpx.post(f"{url}/inbox/main", json=body).status_code == 204


def test_the_stream_tells_of_each_as_it_comes(url: str) -> None:
    with streaming(url) as stream:
        assert stream.next() == (
            "news",
            {"notifications": [], "state": {"count": 0, "dropped": 0, "first": 1}},
        )
        send(url)
        name, data = stream.next()
        assert (name, data["state"]["count"]) == ("news", 1)
        assert data["notifications"] == listed(url)
        httpx.delete(f"{url}/inboxes/main/notifications")
        assert stream.next()[1]["state"] == {"count": 0, "dropped": 0, "first": 2}
        httpx.delete(f"{url}/inboxes/main")
        assert stream.next()[0] == "gone"


def test_nothing_is_lost_over_breaks_restarts_and_bursts(tmp_path: Path) -> None:
    seen: list[int] = []
    last_id = ""
    for restart in range(3):
        inbox = Inbox(tmp_path / "inbox.db")
        inbox.open("main")
        with inbox_served(inbox) as url:
            with httpx.Client(base_url=url) as client:
                for number in range(250):
                    client.post("/inbox/main", json=notification(number=restart * 1000 + number))
            while len(seen) < (restart + 1) * 250:
                with streaming(url, last_id=last_id) as stream:
                    _, data = stream.next()
                    last_id = stream.last_id
                    seen += [item["seq"] for item in data["notifications"]]
    assert seen == list(range(1, 751))


def test_a_file_made_anew_is_noticed(url: str) -> None:
    send(url)
    with streaming(url, last_id="99") as stream:
        assert stream.next()[0] == "reset"
        assert stream.last_id == "1"


def test_another_process_on_the_same_file_is_noticed(tmp_path: Path) -> None:
    one, other = Inbox(tmp_path / "inbox.db"), Inbox(tmp_path / "inbox.db")
    one.open("main")
    with inbox_served(one) as url, inbox_served(other) as elsewhere, streaming(url) as stream:
        stream.next()
        send(elsewhere)
        assert len(stream.next()[1]["notifications"]) == 1


def test_search_and_filter(url: str) -> None:
    send(url, "Invoice.SUBMITTED", 1)
    send(url, "Invoice.VERIFIED", 2, entity_state={"buyer": "Panader\u00eda", "note": "20% & more_"})
    send(url, "Invoice.VERIFIED", 2, entity_state={})
    httpx.post(f"{url}/inbox/main?token=hidden-one", json={"event_type": "odd"})

    def found(**query: str) -> list[int]:
        return [item["seq"] for item in listed(url, **query)]

    assert found(q="PANADER\u00cdA verified") == [2]
    assert found(q="20% & more_") == [2]
    assert found(q="2_%") == []
    assert found(q="hidden-one") == []
    assert found(type="Invoice.VERIFIED") == [3, 2]
    assert found(only="problems") == [4]
    assert found(only="duplicates") == [3]
    assert found(only="duplicates", q="panader") == []
    assert found(q="' OR 1=1 --") == []
    assert found(before="3") == [2, 1]
    with streaming(url, type="Invoice.VERIFIED") as stream:
        assert [item["seq"] for item in stream.next()[1]["notifications"]] == [2, 3]
        send(url, "Loan.CLOSED", 8)
        send(url, "Invoice.VERIFIED", 9)
        while not (items := stream.next()[1]["notifications"]):
            pass
        assert [item["seq"] for item in items] == [6]


def test_hidden_values_come_only_when_asked_for_one_by_one(url: str) -> None:
    assert httpx.post(f"{url}{TARGET}", json=notification(), headers=HEADERS).status_code == 204
    everything = [
        httpx.get(f"{url}{path}").text for path in ("/inbox/", "/inboxes", "/inboxes/main/notifications")
    ]
    with streaming(url, after="0") as stream:
        everything.append(str(stream.next()))
    shown = httpx.get(f"{url}/inboxes/main/notifications/1")
    everything.append(shown.text)
    for text in everything:
        for secret in ("s3cret-", "S3cretPath", "x-odd-value"):
            assert secret not in text.replace("s3cret-document", "")
    body = shown.json()
    assert body["path"] == [{"text": "inbox"}, {"text": "main"}, {"text": "callback"}, {"text": None}]
    assert body["query"] == [{"key": "token"}, {"key": None}, {"key": None}]
    headers = {entry["name"]: entry["value"] for entry in body["headers"]}
    assert (headers["authorization"], headers["cookie"], headers["x-odd"]) == (None, None, None)
    assert headers["content-type"] == "application/json"

    def value(part: str, index: int) -> str:
        answer = httpx.get(
            f"{url}/inboxes/main/notifications/1/value", params={"part": part, "index": str(index)}
        )
        assert answer.is_error or answer.headers["cache-control"] == "no-store"
        return str(answer.json().get("value", answer.status_code))

    assert [value("query", index) for index in range(4)] == [
        "s3cret-value",
        "s3cret-bare",
        "s3cret-key-9=x",
        "404",
    ]
    assert value("path", 3) == "S3cretPath"
    assert value("header", list(headers).index("cookie")) == "a=s3cret-cookie"
    assert value("nonsense", 0) == "404"


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example"},
        {"host": "["},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://["},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"host": "localhost", "x-forwarded-for": "203.0.113.9"},  # a tunnel that rewrites the host
        {"host": "localhost", "x-forwarded-host": "tunnel.example"},
    ],
    ids=str,
)
def test_other_sites_can_post_notifications_and_see_nothing(url: str, headers: dict[str, str]) -> None:
    assert httpx.post(f"{url}/inbox/main", json=notification(), headers=headers).status_code == 204
    for method, path in (
        ("GET", "/inboxes"),
        ("POST", "/inboxes"),
        ("DELETE", "/inboxes/main"),
        ("GET", "/inboxes/main/notifications"),
        ("DELETE", "/inboxes/main/notifications"),
        ("GET", "/inboxes/main/notifications/1"),
        ("GET", "/inboxes/main/notifications/1/value?part=query&index=0"),
        ("GET", "/inboxes/main/live"),
    ):
        assert httpx.request(method, f"{url}{path}", headers=headers).status_code == 403, path
    assert len(listed(url)) == 1


def test_meant_for_elsewhere_it_shows_itself_under_any_name(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox.db", any_host=True)
    with inbox_served(inbox) as url:
        assert httpx.get(f"{url}/inboxes", headers={"host": "inbox.example"}).status_code == 200
        own = {"host": "inbox.example", "origin": "https://evil.example"}
        assert httpx.get(f"{url}/inboxes", headers=own).status_code == 403


def test_inboxes_with_a_name_and_without(url: str) -> None:
    made = httpx.post(f"{url}/inboxes").json()["name"]
    assert len(made) == 16
    assert made.isalnum()
    assert httpx.post(f"{url}/inboxes", json={"name": "fixed-1"}).status_code == 201
    assert httpx.post(f"{url}/inboxes", json={"name": "fixed-1"}).status_code == 200
    for wrong in ("../x", "x" * 65, "<b>", "a b", "\u00e9"):
        assert httpx.post(f"{url}/inboxes", json={"name": wrong}).status_code == 422
    assert {item["name"] for item in httpx.get(f"{url}/inboxes").json()["inboxes"]} == {
        "main",
        made,
        "fixed-1",
    }


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/inboxes/none/notifications", 404),
        ("/inboxes/none/live", 404),
        ("/inboxes/main/notifications/x", 404),
        ("/inboxes/main/notifications/99", 404),
        ("/inboxes/main/notifications/%00", 404),
        ("/inboxes/main/notifications?limit=-1", 422),
        ("/inboxes/main/notifications?before=x", 422),
        ("/inboxes/main/live?after=x", 422),
        ("/inboxes/%ff/notifications", 404),
        ("/inbox/inbox.py", 404),
        ("/inbox/../app.py", 404),
        ("/inbox/%2e%2e%2fapp.py", 404),
    ],
)
def test_odd_questions_get_a_clear_answer(url: str, path: str, status: int) -> None:
    assert httpx.get(f"{url}{path}").status_code == status


@pytest.mark.parametrize("name", ["", "inbox.css", "inbox.js", "icon.svg"])
def test_the_page_is_all_from_here_and_nothing_inline(url: str, name: str) -> None:
    answer = httpx.get(f"{url}/inbox/{name}")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    text = answer.text.replace("http://www.w3.org/2000/svg", "")
    assert "http://" not in text
    assert "https://" not in text
    for inline in ("<style", "style=", "onclick=", "onload=", "innerHTML", "insertAdjacentHTML", "eval("):
        assert inline not in text
