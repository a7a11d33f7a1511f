"""`listen` as a process, over real HTTP."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests import local
from tests.faulty_server.messages import Answer
from tests.inbox.support import listed, notification
from tests.process import COMMAND, environment, run, serving
from tests.receiver import receiving

SUBMITTED, VERIFIED = notification("Invoice.SUBMITTED"), notification("Invoice.VERIFIED")
EXPECT = ("--expect", "Invoice.SUBMITTED", "--expect", "Invoice.VERIFIED")
MANY = 500  # notifications whose lines are more than a pipe takes


def test_each_is_one_line_as_it_comes(tmp_path: Path) -> None:
    with serving(tmp_path, "listen") as it:
        assert local.post(f"{it.url}/defacto?token=s3cret", json=SUBMITTED).status_code == 204
        line = it.wait_for("Invoice.SUBMITTED", it.out).string
        assert line.split("  ", 1)[1] == (
            "#1  Invoice.SUBMITTED         F-2026-100001  1,234.56 EUR"
            "  invoice a18d5057-0092-4555-b865-000000000001  /defacto from 127.0.0.1"
        )
        local.post(f"{it.url}/defacto?token=s3cret", json=SUBMITTED)
        it.wait_for("duplicate of #1$", it.out)
        headers = {"x-forwarded-for": "203.0.113.9"}
        local.post(f"{it.url}/inbox/other/S3CRET", json={"event_type": "x\n\x1b[31mred"}, headers=headers)
        assert (
            "/inbox/other/*** from 203.0.113.9 via 127.0.0.1"
            in it.wait_for(r"x\\x0a\\x1b\[31mred", it.out).string
        )
        local.post(it.url, content=b"{")
        it.wait_for("not valid: the body is not JSON", it.out)
        assert len(listed(it.url)) == 3
        assert it.end() == 0
        assert len(it.out) == 4
        assert "s3cret" not in "".join(it.out + it.err)


def test_json_lines(tmp_path: Path) -> None:
    with serving(tmp_path, "listen", "--format", "json") as it:
        for body in (SUBMITTED, SUBMITTED, {"event_type": 5}):
            local.post(f"{it.url}/x", json=body)
        it.wait_for('"event_type": null', it.out)
        assert it.end(signal.SIGTERM) == 0
    first, second, third = map(json.loads, it.out)
    assert (first["notification"], first["valid"], first["duplicate"]) == (SUBMITTED, True, False)
    assert (second["event_type"], second["duplicate"]) == ("Invoice.SUBMITTED", True)
    assert (third["valid"], third["problems"][0]) == (False, "entity_type is missing")
    assert [each["id"] for each in (first, second, third)] == [1, 2, 3]
    assert (first["path"], first["source"]) == ("/x", "127.0.0.1")


def test_it_ends_well_once_all_have_come(tmp_path: Path) -> None:
    with serving(tmp_path, "listen", *EXPECT, "--timeout", "60") as it:
        for body in (SUBMITTED, SUBMITTED, notification("Loan.CLOSED")):
            assert local.post(it.url, json=body).status_code == 204
        it.wait_for("Loan.CLOSED", it.out)
        assert it.process.poll() is None
        assert local.post(it.url, json=VERIFIED).status_code == 204
        assert it.ended().code == 0
        assert it.err[-1] == "All expected events have arrived."


def test_a_sample_of_doctor_is_shown_and_is_not_what_was_expected(tmp_path: Path) -> None:
    from defacto_webhooks.probe import sample

    with serving(tmp_path, "listen", "--expect", "Invoice.SUBMITTED") as it:
        assert local.post(it.url, json=sample("Invoice.SUBMITTED")).status_code == 204
        it.wait_for("a sample of doctor --probe$", it.out)
        local.post(it.url, json=SUBMITTED)
        assert it.ended().code == 0
        assert len(it.out) == 2


def test_a_glob_and_the_same_type_twice(tmp_path: Path) -> None:
    with serving(
        tmp_path, "listen", "--expect", "Loan.*", "--expect", "Loan.CLOSED", "--expect", "Loan.CLOSED"
    ) as it:
        for number, event_type in enumerate(("Loan.CLOSED", "Loan.TO_REPAY", "Loan.CLOSED")):
            assert it.process.poll() is None
            local.post(it.url, json=notification(event_type, number))
        assert it.ended().code == 0


def test_what_was_stored_before_does_not_count_and_its_repeat_does(tmp_path: Path) -> None:
    for _ in range(2):
        with serving(tmp_path, "listen", "--expect", "Invoice.SUBMITTED") as it:
            local.post(it.url, json=SUBMITTED)
            assert it.ended().code == 0


@pytest.mark.parametrize("format_", ["text", "json"])
def test_what_is_missing_is_named(tmp_path: Path, format_: str) -> None:
    ended = run(["listen", "--port", "0", *EXPECT, "--timeout", "0.1", "--format", format_], tmp_path)
    assert ended.code == 1
    assert "did not arrive within 0.1 seconds: Invoice.SUBMITTED, Invoice.VERIFIED" in ended.err
    if format_ == "json":
        assert json.loads(ended.out)["missing"] == ["Invoice.SUBMITTED", "Invoice.VERIFIED"]


def test_without_expectations_the_end_of_time_is_no_failure(tmp_path: Path) -> None:
    assert run(["listen", "--timeout", "0.5", "--port", "0"], tmp_path).code == 0


@pytest.mark.parametrize("format_", ["text", "json"])
def test_an_interrupt_while_something_is_missing_says_so(tmp_path: Path, format_: str) -> None:
    with serving(tmp_path, "listen", "--expect", "Invoice.VERIFIED", "--format", format_) as it:
        assert it.end() == 130
        assert "missing: Invoice.VERIFIED" in it.err[-1]
    assert [json.loads(line)["missing"] for line in it.out] == [["Invoice.VERIFIED"]] * (format_ == "json")


def test_requests_under_way_don_t_hold_up_the_end(tmp_path: Path) -> None:
    with serving(tmp_path, "listen") as it, ThreadPoolExecutor() as pool:
        slow_body = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"
        with local.connected(it.url, slow_body):
            slow_answer = pool.submit(
                _posted, local.Client(base_url=it.url, timeout=60), SUBMITTED, "/?delay=50"
            )
            it.wait_for("Invoice.SUBMITTED", it.out)
            assert it.end(signal.SIGTERM) == 0
            assert slow_answer.result() != 204
        assert len(it.err) == 1, it.err


def test_callers_without_the_token_are_refused_and_don_t_count(tmp_path: Path) -> None:
    arguments = ("listen", "--expect", "Invoice.SUBMITTED")
    with serving(tmp_path, *arguments, DEFACTO_WEBHOOKS_TOKEN="right-token") as it:
        assert local.post(f"{it.url}/x?token=wrong", json=SUBMITTED).status_code == 401
        it.wait_for("Refused a POST with 401", it.err)
        assert it.process.poll() is None
        assert local.post(f"{it.url}/x?token=right-token", json=SUBMITTED).status_code == 204
        assert it.ended().code == 0
        assert "right-token" not in "".join(it.out + it.err)


def test_slack_gets_each_once_and_its_failures_lose_nothing(tmp_path: Path) -> None:
    with receiving() as slack:
        slack.next += [Answer(429, headers=(("retry-after", "1"),)), Answer(500, b"s3cret")]
        secret_url = f"{slack.url}/slack/services/T/B/s3cret"
        arguments = ("listen", "--expect", "Loan.CLOSED")
        with serving(tmp_path, *arguments, DEFACTO_WEBHOOKS_SLACK_URL=secret_url) as it:
            for body in (SUBMITTED, SUBMITTED, VERIFIED, {"not": "valid"}, notification("Loan.CLOSED")):
                assert local.post(it.url, json=body, timeout=1).status_code == 204
            assert it.ended().code == 0
            came = [line for line in it.out if " -> " not in line]
            assert len(came) == 5
    assert [message["text"].split(":")[0] for _, message in slack.received] == [
        *["Invoice submitted"] * 2,
        "Invoice verified",
        "Loan closed",
    ]
    assert it.err[1].startswith("Forwarding to http://127.0.0.1:")
    results = [line.split("  ")[1:3] for line in it.out if " -> " in line]
    assert [(seq, answer.split(" in ")[0]) for seq, answer in results] == [
        ("#1", "-> 500"),
        ("#3", "-> 204"),
        ("#5", "-> 204"),
    ]
    assert "s3cret" not in "".join(it.out + it.err)


def test_what_was_taken_at_the_end_is_told_and_passed_on_too(tmp_path: Path) -> None:
    with receiving() as slack:
        url = f"{slack.url}/slack/services/T/B/x"
        arguments = ("listen", "--expect", "Invoice.SUBMITTED", "--slack-url", url)
        with serving(tmp_path, *arguments) as it, local.Client(base_url=it.url) as client:
            with ThreadPoolExecutor(8) as pool:
                bodies = [notification("Invoice.SUBMITTED", number) for number in range(40)]
                codes = [*pool.map(lambda body: _posted(client, body), bodies)]
            assert it.ended().code == 0
            assert len([line for line in it.out if " -> " not in line]) == codes.count(204) > 0
    assert len(slack.received) == codes.count(204)


def _posted(client: httpx.Client, body: object, path: str = "/x") -> int | None:
    """The status; None where the command had ended."""
    try:
        return client.post(path, json=body).status_code
    except httpx.HTTPError:
        return None


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--expect", "Invioce.*"], "no event type matches"),
        (["--token", ""], "--token is empty"),
        (["--view-token", ""], "--view-token is empty"),
        (["--forward-to", "ftp://x"], "the URL of --forward-to"),
        (["--forward-to", "http://"], "the URL of --forward-to"),
        (["--resend", "1"], "add --forward-to"),
        (["--resend", "x", "--forward-to", "localhost:3000"], "not the number of a notification"),
        (["--resend", "1", "--forward-to", "localhost:3000"], "there is no .defacto-webhooks/inbox.db"),
        (["--slack-url", "https://example.com/s3cret"], "https://example.com/*** is not a Slack webhook URL"),
        (["--timeout", "0"], "--timeout"),
        (["--port", "70000"], "--port"),
        (["--db", "."], "--db"),
        (["--host", "256.1.1.1", "--port", "0"], "can't be used"),
    ],
)
def test_wrong_options_are_told_before_anything_is_served(
    tmp_path: Path, arguments: list[str], says: str
) -> None:
    ended = run(["listen", *arguments], tmp_path)
    assert ended.code == 1
    assert says in " ".join(ended.err.split())
    assert "s3cret" not in ended.both


def test_a_slip_of_the_finger_is_questioned(tmp_path: Path) -> None:
    ended = run(["listen", "--port", "0", "--timeout", "0.2", "--expect", "Invoice.VERIFID"], tmp_path)
    assert ended.code == 1
    assert "Did you mean Invoice.VERIFIED?" in ended.err


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with serving(tmp_path, "listen") as it:
        ended = run(["listen", "--port", it.url.rpartition(":")[2]], tmp_path)
        assert ended.code == 1
        assert "can't be used: address already in use" in ended.err


def test_each_is_forwarded_and_the_answer_is_shown(tmp_path: Path) -> None:
    with (
        receiving() as callback,
        serving(tmp_path, "listen", "--forward-to", f"{callback.url}/hook?token=s3cret") as it,
    ):
        callback.next += [503]
        it.wait_for(r"Forwarding to http://127\.0\.0\.1:[0-9]+/hook\?token=\*\*\*$", it.err)
        for body in (SUBMITTED, VERIFIED):
            assert local.post(it.url, json=body).status_code == 204
        it.wait_for("#1  -> 503 in [0-9]+ ms  http", it.out)
        it.wait_for("#2  -> 204 in [0-9]+ ms  http", it.out)
        assert it.end() == 0
        order = [line.split("  ")[1:3] for line in it.out]
        assert order.index(["#1", "Invoice.SUBMITTED"]) < order.index(["#2", "Invoice.VERIFIED"])
        assert "s3cret" not in "".join(it.out + it.err)
    assert [request.target for request in callback.requests] == ["/hook?token=s3cret"] * 2


def test_what_failed_is_sent_again_by_its_number(tmp_path: Path) -> None:
    with receiving() as callback:
        callback.next += [503, 204, 500]
        to = callback.url
        with serving(tmp_path, "listen", "--forward-to", to) as it:
            local.post(it.url, json=SUBMITTED)
            it.wait_for("#1  -> 503", it.out)
            again = run(["listen", "--resend", "#1", "--forward-to", to], tmp_path)
            assert (again.code, again.err) == (0, "")
            assert "#1  -> 204 in" in again.out
            assert [forward["status"] for forward in listed(it.url)[0]["forwards"]] == [503, 204]
        arguments = ["listen", "--resend", "1", "--resend", "1", "--forward-to", to, "--format", "json"]
        both = run(arguments, tmp_path)
        assert both.code == 1, "one of them failed"
        documents = [json.loads(line) for line in both.out.splitlines()]
        assert [(each["id"], each["status"], each["error"]) for each in documents] == [
            (1, 500, None),
            (1, 204, None),
        ]
        missing = run(["listen", "--resend", "9", "--forward-to", to], tmp_path)
        assert missing.code == 1
        assert "there is no notification #9 in .defacto-webhooks/inbox.db" in missing.err
    assert len(callback.requests) == 4


def test_a_callback_that_is_not_there_is_told_and_holds_up_nobody(tmp_path: Path) -> None:
    port = local.free_port()
    with serving(tmp_path, "listen", "--forward-to", f"localhost:{port}") as it:
        for number in range(3):
            assert local.post(it.url, json=notification(number=number), timeout=1).status_code == 204
        it.wait_for(f"#1  -> no connection in [0-9]+ ms  http://localhost:{port}/?$", it.out)
        assert it.end() == 0
        assert any(re.match(r"Not forwarded to http://localhost:\d+/?: [12] left", line) for line in it.err)


@pytest.mark.parametrize("option", ["--forward-to", "--slack-url"])
def test_it_does_not_forward_to_itself(tmp_path: Path, option: str) -> None:
    port = str(local.free_port())
    ended = run(["listen", "--port", port, option, f"http://localhost:{port}/x"], tmp_path)
    assert ended.code == 1
    assert f"{option} points back to this receiver" in ended.err


def test_opened_to_others_it_says_what_is_open(tmp_path: Path) -> None:
    with serving(tmp_path, "listen", "--host", "0.0.0.0") as it:  # noqa: S104
        it.wait_for(f"page at {it.url}/inbox/#main", it.err)
        public = it.wait_for(r"Listening on (http://\S+)", it.err)[1]
        warning = it.wait_for("^Warning: other machines can reach this at (\\S+)\\.", it.err)
        assert warning[1] == public
        assert "Anyone can send notifications; --token keeps strangers out." in warning.string
        assert "Only this machine can see them; --view-token opens the page to others." in warning.string
        assert local.post(f"{public}/x", json=SUBMITTED).status_code == 204
    with serving(
        tmp_path,
        "listen",
        "--host",
        "0.0.0.0",  # noqa: S104
        DEFACTO_WEBHOOKS_TOKEN="s3cret-1",
        DEFACTO_WEBHOOKS_VIEW_TOKEN="s3cret-2",
    ) as it:
        public = it.wait_for(r"Listening on (http://\S+)", it.err)[1]
        warning = it.wait_for("^Warning: .*", it.err)
        assert "Callers need the token." in warning.string
        assert f"Anyone with the view token can see them at {public}/inbox/?view_token=…" in warning.string
        far = {"cf-connecting-ip": "203.0.113.9"}
        assert local.get(f"{it.url}/inboxes", headers=far).status_code == 401
        assert local.get(f"{it.url}/inboxes", headers={**far, "authorization": "Bearer s3cret-2"}).is_success
        assert "s3cret" not in "".join(it.err)
    with serving(tmp_path, "listen") as it:
        local.get(it.url)
        assert len(it.err) == 1


@pytest.mark.parametrize("command", ["listen", "sandbox"])
def test_a_reader_who_stops_holds_up_nobody(tmp_path: Path, command: str) -> None:
    with (
        subprocess.Popen(
            [COMMAND, command, "--port", "0"],
            cwd=tmp_path,
            env=environment(None),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
        ) as process,
        killed(process),
    ):
        assert process.stdout is not None
        url = ""
        while not url:
            url = "".join(re.findall(r"http://127\.0\.0\.1:[0-9]+", process.stdout.readline().decode())[:1])
        flood(url)  # from here on nobody reads
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_where_nothing_can_be_printed_the_sender_still_gets_its_answer(tmp_path: Path) -> None:
    with (
        subprocess.Popen(
            ["sh", "-c", f"exec {COMMAND} listen --port 0 >&-"],
            cwd=tmp_path,
            env=environment(None),
            stderr=subprocess.PIPE,
        ) as process,
        killed(process),
    ):
        assert process.stderr is not None
        [url] = re.findall(r"http://127\.0\.0\.1:[0-9]+", process.stderr.readline().decode())[:1]
        assert local.post(url, json=SUBMITTED).status_code == 204
        assert process.wait(10) == 1
        assert b"can't write the result: standard output is closed" in process.stderr.read()


def test_what_a_reader_lost_is_counted(tmp_path: Path) -> None:
    log = tmp_path / "err"
    with (
        log.open("w") as err,
        subprocess.Popen(
            [COMMAND, "listen", "--port", "0"],
            cwd=tmp_path,
            env=environment(None),
            stdout=subprocess.PIPE,
            stderr=err,
        ) as process,
        killed(process),
    ):
        while not (found := re.search(r"http://127\.0\.0\.1:[0-9]+", log.read_text())):
            time.sleep(0.01)
        flood(found[0])
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        lost = re.search("([0-9,]+) lines not printed: nobody was reading", log.read_text())
        assert lost
        assert process.stdout is not None
        printed = process.stdout.read().count(b"\n")
        assert printed + int(lost[1].replace(",", "")) in (MANY, MANY + 1), "one may be printed in part"


@contextmanager
def killed(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        process.kill()


def flood(url: str) -> None:
    """Notifications whose lines are more than a pipe takes, and a look at the page."""
    with local.Client(base_url=url, timeout=5) as client:
        for _ in range(MANY):
            assert client.post("/inbox/main", json={"event_type": "x" * 200}).status_code == 204
        assert client.get("/inbox/").status_code == 200
        assert client.get("/inboxes/main/notifications").json()["state"]["count"] == MANY
