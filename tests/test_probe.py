"""One sample to a callback: what went out, and what is made of each answer."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

import pytest

from defacto_webhooks import parse_notification, probe as room
from defacto_webhooks.probe import Probe, mildest, probes
from defacto_webhooks.redaction import SecretUrl
from tests.certificate import Certificate
from tests.faulty_server.messages import Answer
from tests.receiver import receiving

TOKEN = "t0ken-that-nobody-may-see"


def probe(url: str, timeout_s: float = 5) -> Probe:
    target = SecretUrl.from_account(f"{url}?token={TOKEN}")
    [one] = asyncio.run(probes({target: "Loan.TO_REPAY"}, timeout_s=timeout_s))
    assert TOKEN not in repr(one)
    return one


def test_what_a_callback_gets() -> None:
    with receiving() as it:
        one = probe(f"{it.url}/hook")
    assert (one.status, one.problem, one.hint) == (204, "", "")
    [request] = it.requests
    assert request.query == {"token": TOKEN}
    assert "authorization" not in request.headers
    assert request.headers["content-type"] == "application/json"
    notification = parse_notification(request.body)
    assert (notification.entity_type, notification.event_type) == ("loan", "Loan.TO_REPAY")
    assert notification.transition_name == "SAMPLE"
    assert notification.is_sample
    assert notification.id == notification.entity_state["id"] == "00000000-0000-0000-0000-000000000000"
    assert "not sent by Defacto" in json.loads(request.body)["entity_state"]["sample"]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            Answer(405, headers=(("allow", "GET, HEAD"),)),
            "405: it does not accept POST; it accepts GET, HEAD",
        ),
        (Answer(405, headers=(("allow", TOKEN),)), "405: it does not accept POST"),
        (301, "301: it redirects"),
        (401, "it does not know the credential in this URL"),
        (404, "nothing is at this path"),
        (422, "refused the sample"),
        (Answer(500, TOKEN.encode()), "500: the callback, or what is in front of it, failed"),
        (418, "a callback answers 2xx"),
        (None, "the connection broke"),
    ],
    ids=str,
)
def test_each_answer_is_explained(answer: Any, says: str) -> None:
    with receiving({"/hook": answer}) as it:
        one = probe(f"{it.url}/hook")
        assert len(it.requests) == 1  # no second try, and no redirect is followed
    assert says in f"{one.problem} {one.hint}"
    assert TOKEN not in f"{one.problem} {one.hint}"


def test_where_nobody_answers() -> None:
    assert "refused" in probe("http://127.0.0.1:9/x").problem
    assert "DNS" in probe("http://nowhere.invalid/x").problem
    with receiving() as it:
        it.delays["/hook"] = 30
        assert probe(f"{it.url}/hook", timeout_s=0.3).problem == "no answer within 0.3 s"
        assert "does not speak TLS" in probe(it.url.replace("http://", "https://")).problem


def test_a_slow_answer_is_a_remark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_SLOW_S", 0.0)
    with receiving() as it:
        one = probe(f"{it.url}/hook")
    assert not one.problem
    assert one.hint.startswith("slow: answer first")


def test_the_sample_ends_nothing() -> None:
    assert mildest(["Invoice.DELETED", "Invoice.SUBMITTED", "Invoice.VERIFIED"]) == "Invoice.SUBMITTED"
    assert mildest(["Loan.CLOSED", "Loan.DELETED"]) == "Loan.CLOSED"


def test_one_that_hangs_holds_up_nobody_else() -> None:
    with receiving() as it:
        it.delays["/slow"] = 30
        urls = [SecretUrl.from_account(f"{it.url}/{name}") for name in ("slow", "hook", "hook?a", "hook?b")]
        found = asyncio.run(probes(dict.fromkeys(urls, "Loan.CLOSED"), at_once=2, timeout_s=1))
    assert [one.status for one in found] == [None, 204, 204, 204]


@pytest.mark.parametrize(
    ("days", "trusted", "says"),
    [
        (90, True, ""),
        (5, True, "its TLS certificate expires in 4 days"),
        (-1, True, "its TLS certificate is not valid: certificate has expired"),
        (90, False, "its TLS certificate is not valid: unable to get local issuer certificate"),
    ],
)
def test_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, trusted: bool, says: str) -> None:
    certificate = Certificate(tmp_path, days)
    known = certificate if trusted else Certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(known.authority))
    with receiving(tls=certificate.server) as it:
        one = probe(f"{it.url}/hook")
    assert one.problem + one.hint.partition(";")[0] == says or says in one.problem
    assert (one.status == 204) is (not one.problem)


def test_a_port_that_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        one = probe(f"http://127.0.0.1:{listener.getsockname()[1]}/x", timeout_s=0.3)
    assert one.problem == "no answer within 0.3 s"
