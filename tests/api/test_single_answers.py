"""One answer at a time: what the client makes of it, in words that help and hold no secret."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx
import pytest
import respx

from defacto_webhooks.api import DefactoApi, Timing
from defacto_webhooks.errors import DoubtfulRead, RequestError, UserError
from defacto_webhooks.redaction import Secret
from tests.accounts import subscription

URL = "https://api.getdefacto.com"
KEY = "k3y-that-nobody-may-see"
CONTENT = subscription("a", "https://hooks.example.com/x?token=t0ken-that-nobody-may-see")
ONE_TRY = Timing(attempts=1)
T = TypeVar("T")


def ask(call: Callable[[DefactoApi], Awaitable[T]]) -> T:
    async def run() -> T:
        async with DefactoApi(
            URL, Secret(KEY), environment="production", key_source="DEFACTO_API_KEY", timing=ONE_TRY
        ) as api:
            return await call(api)

    return asyncio.run(run())


def refused(response: httpx.Response) -> RequestError:
    """The error that a POST with this answer becomes; no secret is in it, whatever the answer says."""
    with respx.mock(base_url=URL) as routes:
        routes.post("/webhooks").mock(return_value=response)
        with pytest.raises(RequestError) as caught:
            ask(lambda api: api.create(CONTENT))
    error = caught.value
    assert "nobody-may-see" not in f"{error} {error.hint} {error.invalid_params} {error!r}"
    assert error.status in {response.status_code, None}
    return error


def test_what_is_sent() -> None:
    with respx.mock(base_url=URL) as routes:
        route = routes.post("/webhooks").mock(
            return_value=httpx.Response(
                201, json={"id": 7, "name": "a", "to_url": CONTENT.to_url.reveal(), "event_types": ["X.Y"]}
            )
        )
        stored = ask(lambda api: api.create(CONTENT))
    request = route.calls[0].request
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert b'"to_url":"https://hooks.example.com/x?token=t0ken' in request.content
    assert stored.id == "7"  # a number is taken, and kept as a string
    assert stored.content.to_url == CONTENT.to_url


@pytest.mark.parametrize(
    ("status", "unknown", "words"),
    [
        (401, False, ["'production'", "DEFACTO_API_KEY", "separate keys"]),
        (403, False, ["DEFACTO_API_KEY", "may not"]),
        (404, False, ["api_url"]),
        (402, False, ["402"]),
        (307, True, ["redirect is not followed"]),
        (500, True, ["run the command again"]),
        (504, True, ["504"]),
    ],
)
def test_each_status_says_what_to_do(status: int, unknown: bool, words: list[str]) -> None:
    headers = {"location": "https://elsewhere.example.com/"} if status == 307 else {}
    error = refused(httpx.Response(status, headers=headers, json={"title": "Not this time"}))
    assert error.outcome_unknown is unknown
    assert "Not this time" in error.message
    for word in words:
        assert word in f"{error.message} {error.hint}"


def test_a_422_that_quotes_everything_names_the_field_and_nothing_else() -> None:
    url = CONTENT.to_url.reveal()
    encoded = httpx.QueryParams({"u": url})
    error = refused(
        httpx.Response(
            422,
            json={
                "title": "Unprocessable",
                "detail": f"{url} and t0ken-that-nobody-may-see and {KEY} and {encoded}",
                "invalid_params": [{"name": "to_url", "reason": f"{url} is not reachable"}],
            },
        )
    )
    [(name, reason)] = error.invalid_params
    assert name == "to_url"
    assert "is not reachable" in reason
    assert "Unprocessable" in error.message


@pytest.mark.parametrize(
    "body", [b"<html>Bad gateway</html>", b"", b"{", b"[]", b'{"title": {"a": 1}}', b"\xff\xfe", b"null"]
)
@pytest.mark.parametrize("status", [200, 201, 422, 502])
def test_any_body_is_one_message(status: int, body: bytes) -> None:
    error = refused(httpx.Response(status, content=body))
    assert error.outcome_unknown is (status != 422)
    assert len(error.message) < 400


def test_gone_already_counts_as_deleted_and_the_id_is_quoted() -> None:
    with respx.mock(base_url=URL) as routes:
        route = routes.delete(url__regex=r".*").mock(return_value=httpx.Response(404))
        ask(lambda api: api.delete("../hello?x"))
    assert route.calls[0].request.url.raw_path == b"/webhook/..%2Fhello%3Fx"


def test_hello_checks_the_key() -> None:
    with respx.mock(base_url=URL) as routes:
        routes.get("/hello").mock(return_value=httpx.Response(200, text="Hello!"))
        ask(lambda api: api.hello())


@pytest.mark.parametrize("bad_id", ["", ".", ".."])
def test_an_id_that_would_name_something_else_is_doubtful(bad_id: str) -> None:
    row = {"id": bad_id, "name": "a", "to_url": "https://x.example", "event_types": []}
    with respx.mock(base_url=URL) as routes:
        routes.get("/webhooks").mock(return_value=httpx.Response(200, json={"data": [row]}))
        with pytest.raises(DoubtfulRead):
            ask(lambda api: api.list_subscriptions())


def test_the_key_is_sent_over_plain_http_to_loopback_only() -> None:
    for url in ("http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"):
        DefactoApi(url, Secret(KEY), environment="e", key_source="k")
    for url in ("http://10.0.0.1", "http://api.getdefacto.com", "http://127.0.0.1.example.com"):
        with pytest.raises(UserError, match="plain http"):
            DefactoApi(url, Secret(KEY), environment="e", key_source="k")


def test_debug_logs_of_the_libraries_hold_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    refused(httpx.Response(422, json={"detail": CONTENT.to_url.reveal()}))
    assert "nobody-may-see" not in caplog.text
