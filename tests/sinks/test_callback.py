"""What comes is passed on as it came, to a callback over real HTTP."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from defacto_webhooks.local_server.one_attempt import Forward
from tests import local
from tests.faulty_server.messages import Answer
from tests.inbox.support import changes, forwarding_inbox, listed, notification
from tests.receiver import receiving


def wait_for(results: list[tuple[int, Forward]], count: int) -> None:
    until = time.monotonic() + 20
    while len(results) < count:
        assert time.monotonic() < until, results
        time.sleep(0.01)


def test_body_headers_and_query_stay_as_they_came(tmp_path: Path) -> None:
    body = b'{ "event_type":"Invoice.SUBMITTED" , "a": "\xc3\xa9" }'
    headers = [(b"authorization", b"Bearer abc"), (b"x-odd", b"\xe9"), (b"te", b"trailers")]
    with (
        receiving() as callback,
        forwarding_inbox(tmp_path, f"{callback.url}/hook") as (url, results),
    ):
        sent = local.post(f"{url}/defacto?token=s%33cret&token=x", content=body, headers=headers)
        assert sent.status_code == 204
        wait_for(results, 1)
    [got] = callback.requests
    assert (got.target, got.body) == ("/hook?token=s%33cret&token=x", body)
    assert got.headers["host"] == callback.url.removeprefix("http://")
    assert (got.headers["authorization"], got.headers["x-odd"]) == ("Bearer abc", "\u00e9")
    assert got.headers["user-agent"].startswith("python-httpx")
    assert "te" not in got.headers
    [(seq, forward)] = results
    assert (seq, forward.status, forward.error) == (1, 204, None)


def test_what_comes_back_is_kept_and_not_forwarded_again(tmp_path: Path) -> None:
    port = local.free_port()
    with forwarding_inbox(tmp_path, f"http://127.0.0.1:{port}/x", port) as (url, results):
        for number in (1, 2):
            local.post(url, json=notification(number=number))
            wait_for(results, number + 1)
        assert [item["seq"] for item in listed(url)] == [4, 3, 2, 1]
    told = [(seq, forward.status, forward.error) for seq, forward in sorted(results, key=lambda it: it[0])]
    why = "not forwarded again, as this URL leads back to this receiver"
    assert told == [(1, 204, None), (2, None, why), (3, 204, None)]


@pytest.mark.parametrize("members", [2, 3])
def test_a_ring_of_receivers_ends_where_it_began(tmp_path: Path, members: int) -> None:
    ports = [local.free_port() for _ in range(members)]
    with ExitStack() as stack:
        ring = []
        for index, port in enumerate(ports):
            (folder := tmp_path / str(index)).mkdir()
            to = f"http://127.0.0.1:{ports[(index + 1) % members]}/x"
            ring.append(stack.enter_context(forwarding_inbox(folder, to, port)))
        local.post(ring[0][0], json=notification())
        wait_for(ring[0][1], 2)
        assert [len(listed(url)) for url, _ in ring] == [2] + [1] * (members - 1)


def test_a_query_or_a_password_of_the_url_s_own_wins(tmp_path: Path) -> None:
    with receiving() as callback:
        own = callback.url.replace("http://", "http://me:p%40ss@") + "/hook?token=own"
        with forwarding_inbox(tmp_path, own) as (url, results):
            headers = {"authorization": "Bearer theirs"}
            local.post(f"{url}/x?token=theirs", json=notification(), headers=headers)
            wait_for(results, 1)
    [got] = callback.requests
    assert (got.target, got.headers["authorization"]) == ("/hook?token=own", "Basic bWU6cEBzcw==")


def test_everything_is_forwarded_in_order_and_each_result_is_kept(tmp_path: Path) -> None:
    elsewhere = Answer(302, headers=(("location", "http://127.0.0.1:1/elsewhere"), ("set-cookie", "a=b")))
    with receiving() as callback, forwarding_inbox(tmp_path, callback.url) as (url, results):
        callback.next += [500, elsewhere]
        for body in (notification(), notification(), {"not": "valid"}):
            local.post(url, json=body)
        local.post(url, content=b"{")
        wait_for(results, 4)
        assert [(seq, forward.status) for seq, forward in results] == [(1, 500), (2, 302), (3, 204), (4, 204)]
        assert [item["forwards"][0]["status"] for item in listed(url)] == [204, 204, 302, 500]
        # The page hears of a result without a reload.
        [again] = [item for item in changes(url)["notifications"] if item["seq"] == 1]
        assert again["forwards"][0]["milliseconds"] == results[0][1].milliseconds
    assert not any("cookie" in request.headers for request in callback.requests)


def test_resend_answers_with_what_came_of_it(tmp_path: Path) -> None:
    with receiving() as callback, forwarding_inbox(tmp_path, callback.url) as (url, results):
        callback.next += [500]
        local.post(url, json=notification())
        wait_for(results, 1)
        answer = local.post(f"{url}/inboxes/main/notifications/1/resend")
        assert (answer.status_code, answer.json()["status"]) == (200, 204)
        assert [forward["status"] for forward in listed(url)[0]["forwards"]] == [500, 204]
        assert local.post(f"{url}/inboxes/main/notifications/9/resend").status_code == 404
    assert callback.requests[0].body == callback.requests[1].body


def test_a_callback_that_is_just_starting_gets_it(tmp_path: Path) -> None:
    port = local.free_port()
    with forwarding_inbox(tmp_path, f"http://127.0.0.1:{port}/hook") as (url, results):
        local.post(url, json=notification())
        wait_for(results, 1)  # no connection, told once
        with receiving(port=port) as callback:
            wait_for(results, 2)
    assert [forward.status for _, forward in results] == [None, 204]
    assert len(callback.requests) == 1


def test_a_connection_that_breaks_is_not_tried_again(tmp_path: Path) -> None:
    with (
        receiving({"/": None}) as callback,
        forwarding_inbox(tmp_path, callback.url) as (url, results),
    ):
        local.post(url, json=notification())
        wait_for(results, 1)
    assert len(callback.requests) == 1
    assert results[0][1].status is None
    assert (results[0][1].error or "").startswith("no answer (")
