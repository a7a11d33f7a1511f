"""Notifications over real HTTP: taken, kept, remarked on; everything else refused with a clear status."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from defacto_webhooks.errors import UserError
from defacto_webhooks.inbox import Inbox, Limits, Received
from defacto_webhooks.inbox.receiver import MAX_BODY
from defacto_webhooks.local_server import lingering_close, request_body
from defacto_webhooks.redaction import Secret
from tests import local
from tests.inbox.support import inbox_served, listed, notification

HALF = b"POST /inbox/main HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"


def test_what_comes_is_kept_newest_first(url: str) -> None:
    for event_type in ("Invoice.SUBMITTED", "Invoice.VERIFIED"):
        answer = local.post(f"{url}/inbox/main", json=notification(event_type))
        assert (answer.status_code, answer.content) == (204, b"")
    newest, oldest = listed(url)
    assert (newest["fields"]["event_type"], oldest["fields"]["status"]) == ("Invoice.VERIFIED", "SUBMITTED")
    assert newest["problems"] == oldest["problems"] == []
    assert newest["seq"] > oldest["seq"]
    assert abs(newest["received_at"] - time.time()) < 60


def test_a_repeat_is_marked_and_a_second_submission_is_none(url: str) -> None:
    for body in (
        notification(),
        notification(timestamp="2026-02-11T12:26:01.631326+01:00"),
        notification(number=2),
        notification(timestamp="2026-02-11T11:27:01+00:00"),
    ):
        local.post(f"{url}/inbox/main", json=body)
    local.post(f"{url}/inbox/other", json=notification())
    later, second, repeat, first = listed(url)
    assert repeat["duplicate_of"] == first["seq"]
    assert [item["duplicate_of"] for item in (first, second, later)] == [None, None, None]
    assert listed(url, "other")[0]["duplicate_of"] is None


@pytest.mark.parametrize(
    ("body", "status", "remark"),
    [
        (b"", 400, "the body is empty"),
        (b"{", 400, "the body is not JSON (line 1, column 2)"),
        (b"\xff\xfe", 400, "the body is not JSON: it is not UTF-8"),
        (gzip.compress(b"{}", mtime=0), 400, "the body is not JSON: it is compressed"),
        (b'{"a": "\\ud800"}', 400, "the body is not JSON"),
        (b"[" * 100_000, 400, "the body is not JSON"),
        (b"[]", 204, "body should be an object"),
        (b"{}", 204, "entity_type is missing"),
        (json.dumps({**notification(), "entity_state": "x"}).encode(), 204, "entity_state should be"),
        (json.dumps({**notification(), "id": 7}).encode(), 204, "id should be a valid string"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_other_bodies_are_kept_with_a_remark(url: str, body: bytes, status: int, remark: str) -> None:
    assert local.post(f"{url}/inbox/main", content=body).status_code == status
    [item] = listed(url)
    assert item["problems"][0].startswith(remark)
    shown = local.get(f"{url}/inboxes/main/notifications/{item['seq']}").json()
    assert shown["body"] == body.decode("utf-8", "replace")
    assert shown["is_json"] == (status == 204)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])
def test_other_methods_are_told_that_notifications_come_by_post(url: str, method: str) -> None:
    answer = local.request(method, f"{url}/inbox/main")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert method == "HEAD" or ("by POST" in answer.text and "/inbox/#main" in answer.text)


def test_a_browser_gets_that_as_a_page(url: str) -> None:
    answer = local.get(f"{url}/inbox/main", headers={"accept": "text/html,*/*"})
    assert (answer.status_code, answer.headers["content-type"]) == (405, "text/html; charset=utf-8")
    assert "by POST" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("path", "status", "made"),
    [
        ("/inbox/a%2fb", 204, ["a"]),
        ("/inbox/main/" + "x" * 2000, 414, []),
        *(
            (path, 404, [])
            for path in (
                "/inbox/%2e%2e/x",
                "/inbox/%00",
                "/inbox//x",
                "/inbox/" + "x" * 65,
                "/inbox/-x",
                "/inbox/%ff",
                "/inbox/<b>",
                "/inbox/%ED%A0%80",
                "//inbox/main",
                "/nothing",
            )
        ),
    ],
)
def test_path_tricks_lead_nowhere(url: str, path: str, status: int, made: list[str]) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"
    assert local.answer_to(url, f"{head}{{}}".encode()).startswith(f"HTTP/1.1 {status}".encode())
    assert [item["name"] for item in local.get(f"{url}/inboxes").json()["inboxes"]] == [*made, "main"]


def test_large_bodies_are_refused_and_nothing_is_kept(url: str) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(50):
            yield b" " * 1_000_000

    assert local.post(f"{url}/inbox/main", content=b" " * 50_000_000, timeout=30).status_code == 413
    assert local.post(f"{url}/inbox/main", content=endless(), timeout=30).status_code == 413
    assert local.post(f"{url}/inbox/main", content=b" " * (MAX_BODY + 1)).status_code == 413
    head = b"POST /inbox/main HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n"
    assert local.answer_to(url, head).startswith(b"HTTP/1.1 413")
    assert listed(url) == []
    exactly = json.dumps(notification(padding="x" * 999_000))[:MAX_BODY].encode()
    assert local.post(f"{url}/inbox/main", content=exactly).status_code in (204, 400)
    assert len(listed(url)) == 1


@pytest.mark.parametrize("path", ["/inbox/main", "/nothing/here"])
def test_an_endless_body_is_cut_off(url: str, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setattr(lingering_close, "_MAX_BYTES", 2_000_000)
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    endless = (b"f4240\r\n" + b"x" * 1_000_000 + b"\r\n") * 200
    with (
        pytest.raises((BrokenPipeError, ConnectionResetError)),
        local.connected(url, head.encode() + endless),
    ):
        pass
    assert local.post(f"{url}/inbox/main", json=notification()).status_code == 204


def test_a_slow_body_is_given_up_and_others_are_served_meanwhile(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for timeout_s in (60, 0.1):
        monkeypatch.setattr(request_body, "_TIMEOUT_S", timeout_s)
        with local.connected(url, HALF) as connection:
            if timeout_s > 1:
                assert local.post(f"{url}/inbox/main", json=notification()).status_code == 204
            else:
                assert connection.recv(1000).startswith(b"HTTP/1.1 408")
    assert len(listed(url)) == 1


def test_a_client_that_leaves_early_is_nobodys_problem(url: str) -> None:
    for _ in range(5):
        with local.connected(url, HALF):
            pass
    assert local.post(f"{url}/inbox/main", json=notification()).status_code == 204
    assert len(listed(url)) == 1


def test_a_burst_from_many_connections_loses_nothing(url: str) -> None:
    def send(numbers: range) -> None:
        with local.Client(base_url=url) as client:
            for number in numbers:
                assert client.post("/inbox/main", json=notification(number=number)).status_code == 204

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(send, [range(start, start + 20) for start in range(0, 400, 20)]))
    first = listed(url)
    rest = listed(url, before=str(first[-1]["seq"]))
    assert len({item["fields"]["id"] for item in first + rest}) == 400
    assert not any(item["duplicate_of"] for item in first + rest)


def test_the_oldest_are_dropped_and_counted(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox.db", limits=Limits(notifications=5, bytes=1_000_000, inboxes=3))
    with inbox_served(inbox) as url:
        for number in range(8):
            local.post(f"{url}/inbox/{'other' if number == 0 else 'main'}", json=notification(number=number))
        answer = local.get(f"{url}/inboxes/main/notifications").json()
        assert [item["fields"]["id"][-1] for item in answer["notifications"]] == ["7", "6", "5", "4", "3"]
        assert answer["state"] == {"count": 5, "dropped": 2, "deleted": 0, "first": 4}
        assert local.get(f"{url}/inboxes/other/notifications").json()["state"]["dropped"] == 1
        # Large ones push out many.
        for number in range(20, 24):
            local.post(f"{url}/inbox/main", json=notification(number=number, padding="x" * 300_000))
        assert local.get(f"{url}/inboxes/main/notifications").json()["state"]["count"] == 1
        assert local.delete(f"{url}/inboxes/main/notifications").status_code == 204
        assert local.get(f"{url}/inboxes/main/notifications").json()["state"]["count"] == 0
        assert local.post(f"{url}/inbox/main", json=notification()).status_code == 204


def test_inboxes_that_posts_make_take_no_room_from_others(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox.db", limits=Limits(inboxes=4))
    inbox.open("mine")
    with inbox_served(inbox) as url:
        assert local.post(f"{url}/inboxes", json={"name": "by-hand"}).status_code == 201
        for number in range(10):
            name = f"i{number}"
            assert local.post(f"{url}/inbox/{name}", json=notification()).status_code == 204
            assert len(listed(url, name)) == 1
        names = {item["name"] for item in local.get(f"{url}/inboxes").json()["inboxes"]}
        assert names == {"mine", "by-hand", "i8", "i9"}
        for number in range(4):
            assert local.post(f"{url}/inboxes", json={"name": f"h{number}"}).status_code == 201
        names = {item["name"] for item in local.get(f"{url}/inboxes").json()["inboxes"]}
        assert names == {"h0", "h1", "h2", "h3"}


@pytest.mark.parametrize(
    ("path", "content", "headers"),
    [
        ("", notification(padding="x" * 100_000), {}),
        ("", notification(padding="\U0001f600" * 20_000), {}),
        ("", {"event_type": "\u0001" * 200, "id": "\u0001" * 200}, {}),
        ("/" + "%f0%9f%98%80" * 200, {}, {"x-long": "\u00ff" * 5_000}),
        ("?" + "x" * 5_000, {}, {}),
        ("", {}, {}),
    ],
    ids=["large", "wide", "escaped", "path and headers", "query", "small"],
)
def test_the_limit_is_that_of_the_file(
    tmp_path: Path, path: str, content: object, headers: dict[str, str]
) -> None:
    limit = 2_000_000
    inbox = Inbox(tmp_path / "inbox.db", limits=Limits(bytes=limit))
    inbox.open("main")
    raw_headers = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    with inbox_served(inbox) as url, local.Client(base_url=url) as client:
        for _ in range(60):
            client.post(f"/inbox/main{path}", json=content, headers=raw_headers)
        state = local.get(f"{url}/inboxes/main/notifications").json()["state"]
        assert state["count"] + state["dropped"] == 60
        assert state["count"] >= 1
    # One is stored before others go.
    assert (tmp_path / "inbox.db").stat().st_size <= limit + 300_000


def test_the_url_may_ask_for_an_answer(url: str) -> None:
    for query, status in (
        ("status=503", 503),
        ("status=200", 200),
        ("status=429&x=y", 429),
        ("status=to_repay", 204),
        ("status=99", 204),
        ("status=600", 204),
        ("delay=x", 204),
        ("delay=0&status=500", 500),
    ):
        assert local.post(f"{url}/inbox/main?{query}", json=notification()).status_code == status, query
    assert len(listed(url)) == 8
    began = time.monotonic()
    assert local.post(f"{url}/inbox/main?status=503&delay=0.3", json=notification()).status_code == 503
    assert time.monotonic() - began >= 0.3


def test_what_waits_for_its_answer_is_there_already(url: str) -> None:
    sent = b"POST /inbox/main?delay=60 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
    with local.connected(url, sent) as connection:
        while not listed(url):
            time.sleep(0.01)
        connection.setblocking(False)
        with pytest.raises(BlockingIOError):
            connection.recv(1)


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ("?token=right-token", {}, 204),
        ("?a=1&apikey=right-token", {}, 204),
        ("", {"authorization": "Bearer right-token"}, 204),
        ("", {}, 401),
        ("?token=wrong", {}, 401),
        ("?token=right-toke", {}, 401),
        ("?token=right-token%00", {}, 401),
        ("?right-token", {}, 401),
        ("?token=%ff%fe", {"authorization": "Basic right-token"}, 401),
    ],
)
def test_callers_without_the_token_are_refused(
    tmp_path: Path, query: str, headers: dict[str, str], status: int
) -> None:
    received: list[Received] = []
    refused: list[str] = []
    inbox = Inbox(
        tmp_path / "inbox.db",
        token=Secret("right-token"),
        catch_all="main",
        on_received=received.append,
        on_refused=refused.append,
    )
    with inbox_served(inbox) as url:
        for path in ("/inbox/main", "/inbox/other/x", "/any/path"):
            assert (
                local.post(f"{url}{path}{query}", json=notification(), headers=headers).status_code == status
            )
    assert (len(received), len(refused)) == ((3, 0) if status == 204 else (0, 3))


def test_a_receiver_as_a_whole_takes_any_path(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox.db", catch_all="main")
    with inbox_served(inbox) as url:
        assert local.post(f"{url}/", json=notification()).status_code == 204
        assert local.post(f"{url}/defacto/invoices?token=x", json=notification(number=2)).status_code == 204
        assert local.post(f"{url}/inbox/own", json=notification(number=3)).status_code == 204
        assert [item["fields"]["id"][-1] for item in listed(url)] == ["2", "1"]
        assert local.get(f"{url}/defacto/invoices").status_code == 405
        assert local.get(f"{url}/").headers["location"] == "/inbox/"


def test_a_file_that_cant_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "inbox.db").write_text("x" * 5000)
    with pytest.raises(UserError, match="is not a database"):
        Inbox(tmp_path / "inbox.db").open()
    refused: list[str] = []
    with inbox_served(Inbox(tmp_path / "inbox.db", on_refused=refused.append)) as url:
        answer = local.post(f"{url}/inbox/main", json=notification())
        assert answer.status_code == 503
        assert str(tmp_path) not in answer.text
        assert refused[0].startswith("503: ")
        assert str(tmp_path) in refused[0]


def test_without_a_place_to_send_to_resend_says_so(url: str) -> None:
    local.post(f"{url}/inbox/main", json=notification())
    answer = local.post(f"{url}/inboxes/main/notifications/1/resend")
    assert answer.status_code == 409
    assert "--forward-to" in answer.json()["detail"]
