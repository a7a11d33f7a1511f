"""`trigger invoice` as a process: against the embedded API, one over HTTP, and one that misbehaves."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.serving import serving
from tests.inbox.support import listed
from tests.process import environment as variables
from tests.process import finish, run, start
from tests.scripted import BREAK, Scripted, scripted

KEY = "defacto-webhooks-local"
ID = "4f5c9a60-0000-4000-8000-000000000001"
PAYLOAD = {"invoice_number": "F-2026-1", "is_draft": False, "total_amount": 123_456, "currency": "EUR"}


def invoice(status: str) -> dict[str, Any]:
    return {**PAYLOAD, "id": ID, "status": status}


def file(folder: Path, url: str, environment: str = "local: {api_url: embedded}") -> None:
    (folder / "webhooks.yaml").write_text(
        f"version: 1\nenvironments:\n  {environment}\nwebhooks:\n  - name: first\n"
        f"    to_url: {url}?token=${{TOKEN:-s3cret}}\n"
        "    event_types: [Invoice.SUBMITTED, Invoice.VERIFIED]\n"
    )


@pytest.fixture
def api() -> Iterator[Scripted]:
    answers = {
        "GET /webhooks": (200, {"count": 0, "data": []}),
        "POST /sandbox/invoice-generator": (201, {"invoice_creation_payload": PAYLOAD}),
        "POST /invoices": (201, invoice("SUBMITTED")),
        f"GET /invoice/{ID}": (200, invoice("VERIFIED")),
    }
    with scripted(answers) as it:
        yield it


def trigger(folder: Path, api: Scripted, *arguments: str) -> Any:
    return run(["trigger", "invoice", "--api-url", api.url, *arguments], folder, DEFACTO_API_KEY="a-key-1234")


def test_embedded_delivers_both_notifications_before_it_ends(tmp_path: Path) -> None:
    with serving(tmp_path, "listen") as it:
        file(tmp_path, f"{it.url}/defacto")
        assert run(["apply", "-y"], tmp_path).code == 0
        ended = run(["trigger", "invoice"], tmp_path)
        assert ended.code == 0, ended.both
        assert ": VERIFIED after " in ended.out.splitlines()[0]
        assert [line.split()[:2] for line in ended.out.splitlines()[1:]] == [
            ["delivered", "Invoice.SUBMITTED"],
            ["delivered", "Invoice.VERIFIED"],
        ]
        assert "SUBMITTED after" in ended.err
        assert "s3cret" not in ended.both
        types = [item["fields"]["event_type"] for item in listed(it.url)]
        assert types == ["Invoice.VERIFIED", "Invoice.SUBMITTED"]


def test_embedded_says_what_was_not_delivered_and_who_is_not_told(tmp_path: Path) -> None:
    file(tmp_path, "http://127.0.0.1:9/x")
    ended = run(["trigger", "invoice"], tmp_path)
    assert ended.code == 0
    assert "Nobody will be notified" in ended.err
    assert run(["apply", "-y"], tmp_path).code == 0
    ended = run(["trigger", "invoice", "--scenario", "FAIL"], tmp_path)
    assert ended.code == 0
    assert ": TO_EDIT after" in ended.out
    assert "failed     Invoice.SUBMITTED  http://127.0.0.1:9/x?token=***  no connection" in ended.out
    assert "1 notification not delivered" in ended.err
    ended = run(["trigger", "invoice", "--scenario", "SUCCESS_ONE_DAY_LATER"], tmp_path)
    assert ended.code == 0
    assert ": SUBMITTED after" in ended.out
    assert "VERIFIED comes in a day" in ended.err


def test_over_http_with_a_file_and_without_one(tmp_path: Path) -> None:
    with serving(tmp_path, "sandbox") as it:
        headers = {"Authorization": f"Bearer {KEY}"}
        body = {"name": "a", "to_url": f"{it.url}/inbox/a", "event_types": ["Invoice.VERIFIED"]}
        assert httpx.post(f"{it.url}/webhooks", json=body, headers=headers).status_code == 201
        account = {"DEFACTO_API_URL": it.url, "DEFACTO_API_KEY": KEY}
        ended = run(["trigger", "invoice", "--wait"], tmp_path, None, **account)
        assert ended.code == 0, ended.both
        assert ": VERIFIED after" in ended.out
        it.wait_for("Invoice.VERIFIED arrived in inbox a", it.err)
        file(tmp_path, f"{it.url}/x", f"far: {{api_url: '{it.url}', api_key: '${{KEY}}'}}")
        ended = run(["trigger", "invoice", "-e", "far"], tmp_path, KEY=KEY)
        assert ended.code == 0, ended.both
        assert ": SUBMITTED." in ended.out
        assert "--wait" in ended.err


@pytest.mark.parametrize(
    "url",
    [
        "https://api.getdefacto.com",
        "https://api-sandbox.getdefacto.com.example.com",
        "https://localhost.example.com",
        "https://example.com/api-sandbox.getdefacto.com",
        "https://10.0.0.1",
    ],
)
def test_any_other_host_is_refused_before_a_request(tmp_path: Path, url: str) -> None:
    ended = run(["trigger", "invoice", "--api-url", url], tmp_path, DEFACTO_API_KEY="a-key-1234")
    assert ended.code == 1
    assert "is not a sandbox: no invoice is created there" in " ".join(ended.err.split())
    file(tmp_path, "https://hooks.example.com/x", f"far: {{api_url: '{url}', api_key: '${{KEY}}'}}")
    assert "is not a sandbox" in " ".join(run(["trigger", "invoice"], tmp_path, KEY="a-key-1234").err.split())


@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        ((422, {"title": "No", "invalid_params": []}), 1, "answered POST with 422: No"),
        ((401, {"title": "Who?"}), 1, "separate keys"),
        (500, 3, "whether invoice F-2026-1 was created is not known"),
        (BREAK, 3, "whether invoice F-2026-1 was created is not known"),
        ((201, b"<html>"), 3, "whether invoice F-2026-1 was created is not known"),
        ((307, b"", {"location": "http://127.0.0.1:9/"}), 3, "is not known"),
    ],
)
def test_an_invoice_is_sent_once_and_the_truth_is_told(
    tmp_path: Path, api: Scripted, answer: object, code: int, says: str
) -> None:
    api.answers["POST /invoices"] = answer
    ended = trigger(tmp_path, api)
    assert ended.code == code
    assert says in " ".join(ended.err.split())
    assert ended.out == ""
    assert api.asked("POST /invoices") == 1


def test_a_rate_limit_is_waited_for(tmp_path: Path, api: Scripted) -> None:
    api.answers["POST /sandbox/invoice-generator"] = (429, {}, {"retry-after": "1000"})
    ended = trigger(tmp_path, api)
    assert ended.code == 1
    assert "limits the rate" in ended.err
    assert not api.asked("POST /invoices")


def test_a_draft_is_submitted(tmp_path: Path, api: Scripted) -> None:
    api.answers["POST /invoices"] = (201, invoice("TO_SUBMIT"))
    api.answers[f"POST /invoice/{ID}/submit"] = (200, invoice("SUBMITTED"))
    ended = trigger(tmp_path, api, "--wait")
    assert ended.code == 0, ended.both
    assert ended.out.startswith(f"Invoice F-2026-1 over 1,234.56 EUR, id {ID}: VERIFIED after ")
    api.answers[f"POST /invoice/{ID}/submit"] = (422, {"title": "due_at is missing"})
    ended = trigger(tmp_path, api)
    assert ended.code == 3
    assert "is TO_SUBMIT: 127.0.0.1" in " ".join(ended.err.split())
    assert "due_at is missing" in ended.err
    api.answers["POST /invoices"] = (201, invoice("SUBMITTED"))
    api.answers[f"GET /invoice/{ID}"] = 401
    ended = trigger(tmp_path, api, "--wait")
    assert ended.code == 3
    assert "is SUBMITTED: 127.0.0.1" in " ".join(ended.err.split())


@pytest.mark.parametrize(
    ("status", "scenario", "code", "says"),
    [
        ("SUBMITTED", "SUCCESS", 3, "is SUBMITTED: it was not verified within 0.6 s"),
        ("TO_EDIT", "SUCCESS", 3, "is TO_EDIT: it will not be verified"),
        ("DELETED", "FAIL", 3, "is DELETED"),
        ("TO_EDIT", "REJECT", 0, "TO_EDIT after"),
        ("\x1b[31mNEW", "SUCCESS", 3, r"\x1b[31mNEW"),
    ],
)
def test_where_waiting_ends(
    tmp_path: Path, api: Scripted, status: str, scenario: str, code: int, says: str
) -> None:
    api.answers[f"GET /invoice/{ID}"] = (200, invoice(status))
    ended = trigger(tmp_path, api, "--wait", "--timeout", "0.6", "--scenario", scenario)
    assert ended.code == code
    assert says in " ".join(ended.err.split())
    assert json.loads(api.requests[1].body) == {"scenario": scenario}
    assert json.loads(api.requests[2].body) == PAYLOAD
    assert {request.headers["Authorization"] for request in api.requests} == {"Bearer a-key-1234"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_while_waiting_says_what_exists(
    tmp_path: Path, api: Scripted, number: signal.Signals
) -> None:
    api.answers[f"GET /invoice/{ID}"] = (200, invoice("SUBMITTED"))
    account = variables(None, DEFACTO_API_URL=api.url, DEFACTO_API_KEY="a-key-1234")
    process = start(["trigger", "invoice", "--wait"], tmp_path, account)
    while not api.asked(f"GET /invoice/{ID}"):
        assert process.poll() is None
    process.send_signal(number)
    ended = finish(process)
    assert ended.code == 3
    assert "Invoice F-2026-1 over 1,234.56 EUR exists" in " ".join(ended.err.split())


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    assert "webhooks.yaml does not exist" in run(["trigger", "invoice"], tmp_path).err
    ended = run(["trigger"], tmp_path)
    assert ended.code == 1
    assert "Choose from: invoice" in ended.err
    ended = run(["trigger", "invoice", "--api-url", "http://127.0.0.1:9"], tmp_path)
    assert "DEFACTO_API_KEY is not set" in ended.err
