"""One answer at a time: what the client makes of it, in words that help and hold no secret."""

from __future__ import annotations

import json
import logging

import httpx
import pytest

from defacto_webhooks.api import DefactoApi
from defacto_webhooks.errors import DoubtfulRead, RequestError, UserError
from defacto_webhooks.redaction import Secret, SecretUrl
from tests.accounts import subscription
from tests.client import ONE_TRY, ask
from tests.faulty_server import Call, Ids, MemoryServer, On, Says, Status, stored

KEY = "k3y-that-nobody-may-see"
CONTENT = subscription("a", "https://hooks.example.com/x?token=t0ken-that-nobody-may-see")


def refused(memory: MemoryServer, answer: Says) -> RequestError:
    """The error that a POST with this answer becomes; no secret is in it, whatever the answer says."""
    memory.reset(faults=[On(Call.CREATE, 1, answer)], key=KEY)
    with pytest.raises(RequestError) as caught:
        ask(memory, lambda api: api.create(CONTENT), timing=ONE_TRY)
    error = caught.value
    assert "nobody-may-see" not in f"{error} {error.hint} {error.invalid_params} {error!r}"
    assert error.status in {answer.status, None}
    return error


def test_what_is_sent(memory: MemoryServer) -> None:
    memory.reset(ids=Ids.NUMBERS, key=KEY)
    stored = ask(memory, lambda api: api.create(CONTENT))
    [request] = memory.log
    assert request.authorization == f"Bearer {KEY}"
    assert request.body == {
        "name": "a",
        "to_url": CONTENT.to_url.reveal(),
        "event_types": list(CONTENT.event_types),
    }
    assert stored.id == "1"  # a number is taken, and kept as a string
    assert stored.content.to_url == CONTENT.to_url


@pytest.mark.parametrize(
    ("status", "unknown", "words"),
    [
        (401, False, ["'test'", "DEFACTO_API_KEY", "separate keys"]),
        (403, False, ["DEFACTO_API_KEY", "is not allowed"]),
        (404, False, ["api_url"]),
        (402, False, ["402"]),
        (307, True, ["redirect is not followed"]),
        (500, True, ["run the command again"]),
        (504, True, ["504"]),
    ],
)
def test_each_status_says_what_to_do(
    memory: MemoryServer, status: int, unknown: bool, words: list[str]
) -> None:
    headers = (("location", "https://elsewhere.example.com/"),) if status == 307 else ()
    error = refused(memory, Says(status, json.dumps({"title": "Not this time"}), headers))
    assert error.outcome_unknown is unknown
    assert "Not this time" in error.message
    for word in words:
        assert word in f"{error.message} {error.hint}"


def test_a_422_that_quotes_everything_names_the_field_and_nothing_else(memory: MemoryServer) -> None:
    url = CONTENT.to_url.reveal()
    encoded = httpx.QueryParams({"u": url})
    problem = {
        "title": "Unprocessable",
        "detail": f"{url} and t0ken-that-nobody-may-see and {KEY} and {encoded}",
        "invalid_params": [{"name": "to_url", "reason": f"{url} is not reachable"}],
    }
    error = refused(memory, Says(422, json.dumps(problem)))
    [(name, reason)] = error.invalid_params
    assert name == "to_url"
    assert "is not reachable" in reason
    assert "Unprocessable" in error.message


@pytest.mark.parametrize(
    "body", [b"<html>Bad gateway</html>", b"", b"{", b"[]", b'{"title": {"a": 1}}', b"\xff\xfe", b"null"]
)
@pytest.mark.parametrize("status", [200, 201, 422, 502])
def test_any_body_is_one_message(memory: MemoryServer, status: int, body: bytes) -> None:
    error = refused(memory, Says(status, body))
    assert error.outcome_unknown is (status != 422)
    assert len(error.message) < 400


def test_gone_already_is_told_and_the_id_is_quoted(memory: MemoryServer) -> None:
    with pytest.raises(RequestError, match="404"):
        ask(memory, lambda api: api.delete("../hello?x"))
    assert [request.target for request in memory.log] == ["/webhook/..%2Fhello%3Fx"]


def test_hello_checks_the_key(memory: MemoryServer) -> None:
    ask(memory, lambda api: api.hello())
    memory.reset(faults=[On(Call.HELLO, 1, Status(401))])
    with pytest.raises(RequestError, match="401"):
        ask(memory, lambda api: api.hello())


@pytest.mark.parametrize("bad_id", ["", ".", ".."])
def test_an_id_that_would_name_something_else_is_doubtful(memory: MemoryServer, bad_id: str) -> None:
    memory.reset([stored(bad_id, "a", "https://x.example", "Loan.CLOSED")])
    with pytest.raises(DoubtfulRead):
        ask(memory, lambda api: api.list_subscriptions(), timing=ONE_TRY)


def test_the_key_is_sent_over_plain_http_to_loopback_only() -> None:
    for url in ("http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"):
        DefactoApi(SecretUrl.from_account(url), Secret(KEY), environment="e", key_source="k")
    for url in ("http://10.0.0.1", "http://api.getdefacto.com", "http://127.0.0.1.example.com"):
        with pytest.raises(UserError, match="plain http"):
            DefactoApi(SecretUrl.from_account(url), Secret(KEY), environment="e", key_source="k")


def test_debug_logs_of_the_libraries_hold_no_secret(
    memory: MemoryServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    refused(memory, Says(422, json.dumps({"detail": CONTENT.to_url.reveal()})))
    assert "httpcore" in {record.name.partition(".")[0] for record in caplog.records}
    assert "nobody-may-see" not in caplog.text
