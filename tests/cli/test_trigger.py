"""`trigger invoice` as a process: against the embedded API, one over HTTP, and one that misbehaves."""

from __future__ import annotations

import signal
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import local
from tests.faulty_server import Call, Fault, FaultyServer, Html, On, Redirect, Reset, Status
from tests.faulty_server.invoices import ID, PAYLOAD
from tests.inbox.support import listed
from tests.process import Ended, run, serving, start
from tests.receiver import receiving

KEY = "defacto-webhooks-local"


def file(folder: Path, url: str, account: str = "local: {api_url: embedded}") -> None:
    (folder / "webhooks.yaml").write_text(
        f"version: 1\nenvironments:\n  {account}\nwebhooks:\n  - name: first\n"
        f"    to_url: {url}?token=${{TOKEN:-s3cret}}\n"
        "    event_types: [Invoice.SUBMITTED, Invoice.VERIFIED]\n"
    )


def trigger(folder: Path, server: FaultyServer, *arguments: str) -> Ended:
    return run(["trigger", "invoice", *arguments], folder, server)


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
    assert "In a day it becomes VERIFIED" in ended.err


def test_over_http_with_a_file_and_without_one(tmp_path: Path) -> None:
    with serving(tmp_path, "sandbox") as it:
        headers = {"Authorization": f"Bearer {KEY}"}
        body = {"name": "a", "to_url": f"{it.url}/inbox/a", "event_types": ["Invoice.VERIFIED"]}
        assert local.post(f"{it.url}/webhooks", json=body, headers=headers).status_code == 201
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
    trusted = ["--trust-host", str(urlsplit(url).hostname)]
    arguments = ["trigger", "invoice", "--api-url", url, *trusted]
    ended = run(arguments, tmp_path, DEFACTO_API_KEY="a-key-1234")
    assert ended.code == 1
    assert "is not a sandbox, so no invoice is created there" in " ".join(ended.err.split())
    file(tmp_path, "https://hooks.example.com/x", f"far: {{api_url: '{url}', api_key: '${{KEY}}'}}")
    ended = run(["trigger", "invoice", *trusted], tmp_path, KEY="a-key-1234")
    assert "is not a sandbox" in " ".join(ended.err.split())


@pytest.mark.parametrize(
    ("fault", "code", "says"),
    [
        (Status(422), 1, "answered POST with 422"),
        (Status(401), 1, "separate keys"),
        (Status(500), 3, "invoice F-2026-1 may or may not have been created"),
        (Reset(), 3, "invoice F-2026-1 may or may not have been created"),
        (Html(201), 3, "invoice F-2026-1 may or may not have been created"),
        (Redirect(), 3, "may or may not have been created"),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
def test_an_invoice_is_sent_once_and_the_truth_is_told(
    tmp_path: Path, server: FaultyServer, fault: Fault, code: int, says: str
) -> None:
    server.reset(faults=[On(Call.INVOICE, 1, fault, times=9)])
    ended = trigger(tmp_path, server)
    assert ended.code == code
    assert says in " ".join(ended.err.split())
    assert ended.out == ""
    assert server.count(Call.INVOICE) == 1


def test_a_rate_limit_is_waited_for(tmp_path: Path, server: FaultyServer) -> None:
    server.reset(faults=[On(Call.GENERATE, 1, Status(429, retry_after=1000), times=9)])
    ended = trigger(tmp_path, server)
    assert ended.code == 1
    assert "asks us to wait 1000 s" in ended.err
    assert not server.count(Call.INVOICE)


def test_a_draft_is_submitted(tmp_path: Path, server: FaultyServer) -> None:
    server.reset(invoice=["TO_SUBMIT", "SUBMITTED", "VERIFIED"])
    ended = trigger(tmp_path, server, "--wait")
    assert ended.code == 0, ended.both
    assert ended.out.startswith(f"Invoice F-2026-1 for 1,234.56 EUR, id {ID}: VERIFIED after ")
    server.reset(faults=[On(Call.SUBMIT, 1, Status(422))], invoice=["TO_SUBMIT"])
    ended = trigger(tmp_path, server)
    assert ended.code == 3
    assert "is TO_SUBMIT: 127.0.0.1" in " ".join(ended.err.split())
    assert "as scheduled" in ended.err
    server.reset(faults=[On(Call.LOOK, 1, Status(401))])
    ended = trigger(tmp_path, server, "--wait")
    assert ended.code == 3
    assert "is SUBMITTED: 127.0.0.1" in " ".join(ended.err.split())


@pytest.mark.parametrize(
    ("status", "scenario", "code", "says"),
    [
        ("SUBMITTED", "SUCCESS", 3, "is SUBMITTED: it was not verified within 0.6 s"),
        ("TO_EDIT", "SUCCESS", 3, "is TO_EDIT: it will not be verified"),
        ("DELETED", "FAIL", 3, "is DELETED"),
        ("TO_EDIT", "REJECT", 0, "TO_EDIT after"),
        ("DECLINED", "CANCEL", 0, "DECLINED after"),
        ("DECLINED", "SUCCESS", 3, "is DECLINED: it will not be verified"),
        ("\x1b[31mNEW", "SUCCESS", 3, r"\x1b[31mNEW"),
    ],
)
def test_where_waiting_ends(
    tmp_path: Path, server: FaultyServer, status: str, scenario: str, code: int, says: str
) -> None:
    server.reset(invoice=["SUBMITTED", status])
    ended = trigger(tmp_path, server, "--wait", "--timeout", "0.6", "--scenario", scenario)
    assert ended.code == code
    assert says in " ".join(ended.err.split())
    generate, create = [request for request in server.log if request.call in {Call.GENERATE, Call.INVOICE}]
    assert generate.body == {"scenario": scenario}
    assert create.body == PAYLOAD
    assert {request.authorization for request in server.log} == {f"Bearer {server.key}"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_while_waiting_says_what_exists(
    tmp_path: Path, server: FaultyServer, number: signal.Signals
) -> None:
    server.reset(invoice=["SUBMITTED"])
    process = start(["trigger", "invoice", "--wait"], tmp_path, server)
    server.wait_until(lambda s: s.count(Call.LOOK) > 0)
    process.send(number)
    ended = process.ended()
    assert ended.code == 3
    assert "Invoice F-2026-1 for 1,234.56 EUR was created" in " ".join(ended.err.split())


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    assert "webhooks.yaml does not exist" in run(["trigger", "invoice"], tmp_path).err
    ended = run(["trigger"], tmp_path)
    assert ended.code == 1
    assert "Choose from: invoice" in ended.err
    ended = run(["trigger", "invoice", "--api-url", "http://127.0.0.1:9"], tmp_path)
    assert "DEFACTO_API_KEY is not set" in ended.err


def test_a_delivery_s_line_hides_what_the_file_has_from_a_variable(tmp_path: Path) -> None:
    with receiving() as callback:
        elsewhere = callback.url.replace("127.0.0.1", "${ADDRESS}")  # where nobody listens
        (tmp_path / "webhooks.yaml").write_text(
            "version: 1\nenvironments: {local: {api_url: embedded}}\nwebhooks:\n"
            f"- {{name: a, to_url: '{callback.url}/hook/${{SEGMENT}}', event_types: ['Invoice.*']}}\n"
            f"- {{name: b, to_url: '{elsewhere}/x', event_types: ['Invoice.*']}}\n"
        )
        secrets = {"SEGMENT": "sesame-open", "ADDRESS": "127.0.7.1"}
        assert run(["apply", "-y"], tmp_path, None, **secrets).code == 0
        ended = run(["trigger", "invoice", "--debug"], tmp_path, None, **secrets)
    assert ended.code == 0, ended.both
    assert f"{callback.url}/hook/***" in ended.out
    assert not [secret for secret in secrets.values() if secret in ended.both]
