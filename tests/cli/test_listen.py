"""`listen` as a process, over real HTTP."""

from __future__ import annotations

import json
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.inbox.support import listed, notification, served
from tests.process import run, serving

SUBMITTED, VERIFIED = notification("Invoice.SUBMITTED"), notification("Invoice.VERIFIED")
EXPECT = ("--expect", "Invoice.SUBMITTED", "--expect", "Invoice.VERIFIED")


def test_each_is_one_line_as_it_comes(tmp_path: Path) -> None:
    with serving(tmp_path, "listen") as it:
        assert httpx.post(f"{it.url}/defacto?token=s3cret", json=SUBMITTED).status_code == 204
        line = it.wait_for("Invoice.SUBMITTED", it.out).string
        assert line.endswith("  invoice a18d5057-0092-4555-b865-000000000001")
        httpx.post(f"{it.url}/defacto?token=s3cret", json=SUBMITTED)
        it.wait_for("duplicate$", it.out)
        httpx.post(f"{it.url}/inbox/other", json={"event_type": "x\n\x1b[31mred"})
        assert "in other" in it.wait_for(r"x\\x0a\\x1b\[31mred", it.out).string
        httpx.post(it.url, content=b"{")
        it.wait_for("not valid: the body is not JSON", it.out)
        assert len(listed(it.url)) == 3
        assert it.end() == 0
        assert len(it.out) == 4
        assert "s3cret" not in "".join(it.out + it.err)


def test_json_lines(tmp_path: Path) -> None:
    with serving(tmp_path, "listen", "--format", "json") as it:
        for body in (SUBMITTED, SUBMITTED, {"event_type": 5}):
            httpx.post(f"{it.url}/x", json=body)
        it.wait_for('"event_type": null', it.out)
        assert it.end(signal.SIGTERM) == 0
    first, second, third = map(json.loads, it.out)
    assert (first["notification"], first["valid"], first["duplicate"]) == (SUBMITTED, True, False)
    assert (second["event_type"], second["duplicate"]) == ("Invoice.SUBMITTED", True)
    assert (third["valid"], third["problems"][0]) == (False, "entity_type is missing")


def test_it_ends_well_once_all_have_come(tmp_path: Path) -> None:
    with serving(tmp_path, "listen", *EXPECT, "--timeout", "60") as it:
        for body in (SUBMITTED, SUBMITTED, notification("Loan.CLOSED")):
            assert httpx.post(it.url, json=body).status_code == 204
        it.wait_for("Loan.CLOSED", it.out)
        assert it.process.poll() is None
        assert httpx.post(it.url, json=VERIFIED).status_code == 204
        assert it.ended().code == 0
        assert it.err[-1] == "Everything that was expected has come."


def test_a_sample_of_doctor_is_shown_and_is_not_what_was_expected(tmp_path: Path) -> None:
    from defacto_webhooks.probe import sample

    with serving(tmp_path, "listen", "--expect", "Invoice.SUBMITTED") as it:
        assert httpx.post(it.url, json=sample("Invoice.SUBMITTED")).status_code == 204
        it.wait_for("a sample of doctor --probe$", it.out)
        httpx.post(it.url, json=SUBMITTED)
        assert it.ended().code == 0
        assert len(it.out) == 2


def test_a_glob_and_the_same_type_twice(tmp_path: Path) -> None:
    with serving(
        tmp_path, "listen", "--expect", "Loan.*", "--expect", "Loan.CLOSED", "--expect", "Loan.CLOSED"
    ) as it:
        for number, event_type in enumerate(("Loan.CLOSED", "Loan.TO_REPAY", "Loan.CLOSED")):
            assert it.process.poll() is None
            httpx.post(it.url, json=notification(event_type, number))
        assert it.ended().code == 0


def test_what_was_stored_before_does_not_count_and_its_repeat_does(tmp_path: Path) -> None:
    for _ in range(2):
        with serving(tmp_path, "listen", "--expect", "Invoice.SUBMITTED") as it:
            httpx.post(it.url, json=SUBMITTED)
            assert it.ended().code == 0


@pytest.mark.parametrize("format_", ["text", "json"])
def test_what_is_missing_is_named(tmp_path: Path, format_: str) -> None:
    with serving(tmp_path, "listen", *EXPECT, "--timeout", "1.5", "--format", format_) as it:
        httpx.post(it.url, json=SUBMITTED)
        assert it.ended().code == 1
    assert any("did not come: Invoice.VERIFIED" in line for line in it.err)
    if format_ == "json":
        assert json.loads(it.out[-1])["missing"] == ["Invoice.VERIFIED"]


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
        host, port = it.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as slow_body:
            slow_body.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
            slow_answer = pool.submit(
                _posted, httpx.Client(base_url=it.url, timeout=60), SUBMITTED, "/?delay=50"
            )
            it.wait_for("Invoice.SUBMITTED", it.out)
            assert it.end(signal.SIGTERM) == 0
            assert slow_answer.result() != 204
        assert len(it.err) == 1, it.err


def test_callers_without_the_token_are_refused_and_don_t_count(tmp_path: Path) -> None:
    arguments = ("listen", "--expect", "Invoice.SUBMITTED")
    with serving(tmp_path, *arguments, DEFACTO_WEBHOOKS_TOKEN="right-token") as it:
        assert httpx.post(f"{it.url}/x?token=wrong", json=SUBMITTED).status_code == 401
        it.wait_for("Refused a POST with 401", it.err)
        assert it.process.poll() is None
        assert httpx.post(f"{it.url}/x?token=right-token", json=SUBMITTED).status_code == 204
        assert it.ended().code == 0
        assert "right-token" not in "".join(it.out + it.err)


def test_slack_gets_each_once_and_its_failures_lose_nothing(tmp_path: Path) -> None:
    from tests.slack.fake_slack import FakeSlack

    slack = FakeSlack()
    slack.limited.append(1)
    slack.failing.append((500, "s3cret"))
    with served(slack.asgi) as slack_url:
        secret_url = f"{slack_url}/slack/services/T/B/s3cret"
        arguments = ("listen", "--expect", "Loan.CLOSED")
        with serving(tmp_path, *arguments, DEFACTO_WEBHOOKS_SLACK_URL=secret_url) as it:
            for body in (SUBMITTED, SUBMITTED, VERIFIED, {"not": "valid"}, notification("Loan.CLOSED")):
                assert httpx.post(it.url, json=body, timeout=1).status_code == 204
            assert it.ended().code == 0
            assert len(it.out) == 5
        assert [message["text"].split(":")[0] for message in slack.messages] == [
            "Invoice verified",
            "Loan closed",
        ]
    assert it.err[1].startswith("What arrives is passed on to Slack: http://127.0.0.1:")
    assert "not forwarded to Slack: Invoice.SUBMITTED" in "".join(it.err)
    assert "s3cret" not in "".join(it.out + it.err)


def test_what_was_taken_at_the_end_is_told_and_passed_on_too(tmp_path: Path) -> None:
    from tests.slack.fake_slack import FakeSlack

    slack = FakeSlack()
    with served(slack.asgi) as slack_url:
        url = f"{slack_url}/slack/services/T/B/x"
        arguments = ("listen", "--expect", "Invoice.SUBMITTED", "--slack-url", url)
        with serving(tmp_path, *arguments) as it, httpx.Client(base_url=it.url) as client:
            with ThreadPoolExecutor(8) as pool:
                bodies = [notification("Invoice.SUBMITTED", number) for number in range(40)]
                codes = [*pool.map(lambda body: _posted(client, body), bodies)]
            assert it.ended().code == 0
            assert len(it.out) == codes.count(204) > 0
    assert len(slack.messages) == codes.count(204)


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
        (["--token", ""], "the token is empty"),
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
