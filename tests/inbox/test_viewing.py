"""What the page is told: everything once, nothing lost over a break, and no hidden value unasked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from defacto_webhooks.inbox import Inbox
from defacto_webhooks.inbox.static_files import ASSETS
from tests import local
from tests.inbox.support import changes, inbox_served, listed, notification

HEADERS = {"authorization": "Bearer s3cret-header", "cookie": "a=s3cret-cookie", "x-odd": "s3cret-odd"}
TARGET = "/inbox/main/callback/S3cretPath?token=s3cret-value&s3cret-bare&s3cret-key-9=x"


def send(url: str, event_type: str = "Invoice.SUBMITTED", number: int = 1, **changes: Any) -> None:
    body = notification(event_type, number, **changes)
    assert local.post(f"{url}/inbox/main", json=body).status_code == 204


def test_changes_tell_of_each_once_and_of_the_state(url: str) -> None:
    state = {"count": 0, "dropped": 0, "deleted": 0, "first": 1}
    assert changes(url) == {"notifications": [], "more": False, "revision": 0, "state": state}
    send(url)
    news = changes(url)
    assert news["notifications"] == listed(url)
    assert changes(url, after=str(news["revision"]))["notifications"] == []
    local.delete(f"{url}/inboxes/main/notifications")
    assert changes(url)["state"] == {"count": 0, "dropped": 0, "deleted": 0, "first": 2}
    local.delete(f"{url}/inboxes/main")
    assert local.get(f"{url}/inboxes/main/changes").status_code == 404


def test_nothing_is_lost_over_restarts_and_bursts(tmp_path: Path) -> None:
    seen: list[int] = []
    after = 0
    for restart in range(3):
        inbox = Inbox(tmp_path / "inbox.db")
        inbox.open("main")
        with inbox_served(inbox) as url:
            with local.Client(base_url=url) as client:
                for number in range(250):
                    client.post("/inbox/main", json=notification(number=restart * 1000 + number))
            while True:
                news = changes(url, after=str(after))
                after = news["revision"]
                seen += [item["seq"] for item in news["notifications"]]
                if not news["more"]:
                    break
    assert seen == list(range(1, 751))


def test_a_file_made_anew_is_noticed(url: str) -> None:
    send(url)
    assert changes(url, after="99") == {"reset": True}


def test_another_process_on_the_same_file_is_noticed(tmp_path: Path) -> None:
    one, other = Inbox(tmp_path / "inbox.db"), Inbox(tmp_path / "inbox.db")
    one.open("main")
    with inbox_served(one) as url, inbox_served(other) as elsewhere:
        assert changes(url)["notifications"] == []
        send(elsewhere)
        assert len(changes(url)["notifications"]) == 1


def test_one_is_deleted_and_the_others_stay(url: str) -> None:
    for number in range(3):
        send(url, number=number)
    assert local.delete(f"{url}/inboxes/main/notifications/2").status_code == 204
    assert [item["seq"] for item in listed(url)] == [3, 1]
    assert changes(url)["state"] == {"count": 2, "dropped": 0, "deleted": 1, "first": 1}
    assert local.delete(f"{url}/inboxes/main/notifications/2").status_code == 404
    local.post(f"{url}/inboxes", json={"name": "other"})
    assert local.delete(f"{url}/inboxes/other/notifications/1").status_code == 404
    assert len(listed(url)) == 2


def test_a_line_has_the_number_and_the_amount_of_the_entity(url: str) -> None:
    send(url)
    send(url, "Payment.PAID", 2, entity_state={"currency": "GBP", "amount": -5, "fees_amount": 1})
    send(url, "Loan.CLOSED", 3, entity_state={"invoice_number": 7, "amount": 100})
    fields = [item["fields"] for item in listed(url)]
    assert [(each.get("number"), each.get("amount")) for each in fields] == [
        (None, None),
        (None, "-0.05 GBP"),
        ("F-2026-100001", "1,234.56 EUR"),
    ]


def test_the_export_is_what_the_filter_leaves_oldest_first(url: str) -> None:
    for number in range(120):
        send(url, "Loan.CLOSED" if number % 2 else "Loan.TO_REPAY", number)
    local.post(f"{url}{TARGET}", content=b"\xffnonsense", headers=HEADERS)
    answer = local.get(f"{url}/inboxes/main/notifications.jsonl")
    assert answer.headers["content-disposition"] == 'attachment; filename="main.jsonl"'
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["id"] for line in lines] == [*range(1, 122)]
    assert lines[0] == {
        "id": 1,
        "received_at": lines[0]["received_at"],
        "inbox": "main",
        "path": "/inbox/main",
        "source": "127.0.0.1",
        "event_type": "Loan.TO_REPAY",
        "valid": True,
        "problems": [],
        "duplicate": False,
        "notification": notification("Loan.TO_REPAY", 0),
    }
    assert (lines[-1]["path"], lines[-1]["body"]) == ("/inbox/main/callback/***", "\ufffdnonsense")
    for secret in ("s3cret-v", "s3cret-h", "S3cretPath", "s3cret-o"):
        assert secret not in answer.text
    some = local.get(f"{url}/inboxes/main/notifications.jsonl", params={"type": "Loan.CLOSED"}).text
    assert len(some.splitlines()) == 60
    assert local.get(f"{url}/inboxes/none/notifications.jsonl").status_code == 404


def test_search_and_filter(url: str) -> None:
    send(url, "Invoice.SUBMITTED", 1)
    send(url, "Invoice.VERIFIED", 2, entity_state={"buyer": "Panader\u00eda", "note": "20% & more_"})
    send(url, "Invoice.VERIFIED", 2, entity_state={})
    local.post(f"{url}/inbox/main?token=hidden-one", json={"event_type": "odd"})

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
    assert [item["seq"] for item in changes(url, type="Invoice.VERIFIED")["notifications"]] == [2, 3]


def test_hidden_values_come_only_when_asked_for_one_by_one(url: str) -> None:
    assert local.post(f"{url}{TARGET}", json=notification(), headers=HEADERS).status_code == 204
    everything = [
        local.get(f"{url}{path}").text for path in ("/inbox/", "/inboxes", "/inboxes/main/notifications")
    ]
    everything += [str(changes(url)), local.get(f"{url}/inboxes/main/notifications.jsonl").text]
    shown = local.get(f"{url}/inboxes/main/notifications/1")
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
        answer = local.get(
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


def test_inboxes_with_a_name_and_without(url: str) -> None:
    made = local.post(f"{url}/inboxes").json()["name"]
    assert len(made) == 16
    assert made.isalnum()
    assert local.post(f"{url}/inboxes", json={"name": "fixed-1"}).status_code == 201
    assert local.post(f"{url}/inboxes", json={"name": "fixed-1"}).status_code == 200
    for wrong in ("../x", "x" * 65, "<b>", "a b", "\u00e9"):
        assert local.post(f"{url}/inboxes", json={"name": wrong}).status_code == 422
    assert {item["name"] for item in local.get(f"{url}/inboxes").json()["inboxes"]} == {
        "main",
        made,
        "fixed-1",
    }


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/inboxes/none/notifications", 404),
        ("/inboxes/none/changes", 404),
        ("/inboxes/main/notifications/x", 404),
        ("/inboxes/main/notifications/99", 404),
        ("/inboxes/main/notifications/%00", 404),
        ("/inboxes/main/notifications?limit=-1", 422),
        ("/inboxes/main/notifications?before=x", 422),
        ("/inboxes/main/changes?after=x", 422),
        ("/inboxes/%ff/notifications", 404),
        ("/inbox/inbox.py", 404),
        ("/inbox/../app.py", 404),
        ("/inbox/%2e%2e%2fapp.py", 404),
    ],
)
def test_odd_questions_get_a_clear_answer(url: str, path: str, status: int) -> None:
    assert local.get(f"{url}{path}").status_code == status


@pytest.mark.parametrize("name", ["", *ASSETS])
def test_the_page_is_all_from_here_and_nothing_inline(url: str, name: str) -> None:
    answer = local.get(f"{url}/inbox/{name}")
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
