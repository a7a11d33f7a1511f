"""One sample to a callback: what went out, and what is made of each answer."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from defacto_webhooks import parse_notification
from defacto_webhooks import probe as room
from defacto_webhooks.probe import Probe, mildest, probes
from defacto_webhooks.redaction import SecretUrl
from tests.scripted import BREAK, scripted

TOKEN = "t0ken-that-nobody-may-see"


def probe(url: str, timeout_s: float = 5) -> Probe:
    target = SecretUrl.from_account(f"{url}?token={TOKEN}")
    [one] = asyncio.run(probes({target: "Loan.TO_REPAY"}, timeout_s=timeout_s))
    assert TOKEN not in repr(one)
    return one


def test_what_a_callback_gets() -> None:
    with scripted({"POST /hook": 204}) as it:
        one = probe(f"{it.url}/hook")
    assert (one.status, one.problem, one.hint) == (204, "", "")
    [request] = it.requests
    assert request.query == f"token={TOKEN}"
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert "authorization" not in headers
    assert headers["content-type"] == "application/json"
    notification = parse_notification(request.body)
    assert (notification.entity_type, notification.event_type) == ("loan", "Loan.TO_REPAY")
    assert notification.transition_name == "SAMPLE"
    assert notification.is_sample
    assert notification.id == notification.entity_state["id"] == "00000000-0000-0000-0000-000000000000"
    assert "not sent by Defacto" in json.loads(request.body)["entity_state"]["sample"]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((405, b"", {"allow": "GET, HEAD"}), "405: it does not take POST; it takes GET, HEAD"),
        ((405, b"", {"allow": TOKEN}), "405: it does not take POST"),
        ((301, b"", {"location": "http://127.0.0.1:9/elsewhere"}), "301: it redirects"),
        (401, "it does not know the credential in this URL"),
        (404, "nothing is at this path"),
        (422, "refused the sample"),
        ((500, TOKEN.encode()), "500: the callback, or what is in front of it, failed"),
        (418, "a callback answers 2xx"),
        (BREAK, "the connection broke"),
    ],
    ids=str,
)
def test_each_answer_is_explained(answer: Any, says: str) -> None:
    with scripted({"POST /hook": answer}) as it:
        one = probe(f"{it.url}/hook")
        assert len(it.requests) == 1  # no second try, and no redirect is followed
    assert says in f"{one.problem} {one.hint}"
    assert TOKEN not in f"{one.problem} {one.hint}"


def test_where_nobody_answers() -> None:
    assert "refused" in probe("http://127.0.0.1:9/x").problem
    assert "DNS" in probe("http://nowhere.invalid/x").problem
    with scripted({"POST /hook": 204}) as it:
        it.hang_s["POST /hook"] = 30
        assert probe(f"{it.url}/hook", timeout_s=0.3).problem == "no answer within 0.3 s"
        assert "no TLS" in probe(it.url.replace("http://", "https://")).problem


def test_a_slow_answer_is_a_remark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_SLOW_S", 0.0)
    with scripted({"POST /hook": 204}) as it:
        one = probe(f"{it.url}/hook")
    assert not one.problem
    assert one.hint.startswith("slow: answer first")


def test_the_sample_ends_nothing() -> None:
    assert mildest(["Invoice.DELETED", "Invoice.SUBMITTED", "Invoice.VERIFIED"]) == "Invoice.SUBMITTED"
    assert mildest(["Loan.CLOSED", "Loan.DELETED"]) == "Loan.CLOSED"


def test_one_that_hangs_holds_up_nobody_else() -> None:
    with scripted({"POST /hook": 204, "POST /slow": 204}) as it:
        it.hang_s["POST /slow"] = 30
        urls = [SecretUrl.from_account(f"{it.url}/{name}") for name in ("slow", "hook", "hook?a", "hook?b")]
        found = asyncio.run(probes(dict.fromkeys(urls, "Loan.CLOSED"), at_once=2, timeout_s=1))
    assert [one.status for one in found] == [None, 204, 204, 204]


@pytest.mark.parametrize(
    ("days", "trusted", "says"),
    [
        (90, True, ""),
        (5, True, "its TLS certificate ends in 4 days"),
        (-1, True, "its TLS certificate is not valid: certificate has expired"),
        (90, False, "its TLS certificate is not valid: unable to get local issuer certificate"),
    ],
)
def test_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, trusted: bool, says: str) -> None:
    authority = trustme.CA()
    now = datetime.now(UTC)
    certificate = authority.issue_cert(
        "127.0.0.1", not_before=now - timedelta(days=30), not_after=now + timedelta(days=days)
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(tls)
    (authority if trusted else trustme.CA()).cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with scripted({"POST /hook": 204}, tls=tls) as it:
        one = probe(f"{it.url}/hook")
    assert one.problem + one.hint.partition(";")[0] == says or says in one.problem
    assert (one.status == 204) is (not one.problem)


def test_a_port_that_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        one = probe(f"http://127.0.0.1:{listener.getsockname()[1]}/x", timeout_s=0.3)
    assert one.problem == "no answer within 0.3 s"
