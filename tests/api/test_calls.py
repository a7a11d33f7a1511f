"""Each call as it goes out to Defacto, header and body, and what its answer becomes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import respx

from defacto_webhooks.api import DefactoApi
from defacto_webhooks.errors import RequestError
from defacto_webhooks.redaction import Secret, SecretUrl
from tests.accounts import subscription

API = "https://api.getdefacto.com"
CONTENT = subscription("a", "https://hooks.example.com/x?token=t0ken", "Loan.CLOSED")
BODY = CONTENT.document(reveal=True)
INVOICE = {"id": "inv-1", "status": "SUBMITTED"}
Call = Callable[[DefactoApi], Awaitable[Any]]


def call(what: Call) -> Any:
    async def run() -> Any:
        async with DefactoApi(
            SecretUrl.from_account(API), Secret("k3y"), environment="test", key_source="DEFACTO_API_KEY"
        ) as api:
            return await what(api)

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("what", "method", "path", "body", "answer"),
    [
        (lambda api: api.create(CONTENT), "POST", "/webhooks", BODY, {"id": 7, **BODY}),
        (lambda api: api.patch("a/7", CONTENT), "PATCH", "/webhook/a%2F7", BODY, {"id": "a/7", **BODY}),
        (lambda api: api.invoice("inv-1"), "GET", "/invoice/inv-1", None, INVOICE),
        (
            lambda api: api.create_invoice({"is_draft": False}),
            "POST",
            "/invoices",
            {"is_draft": False},
            INVOICE,
        ),
        (lambda api: api.submit_invoice("inv-1"), "POST", "/invoice/inv-1/submit", {}, INVOICE),
    ],
)
def test_a_call_and_its_answer(what: Call, method: str, path: str, body: Any, answer: Any) -> None:
    with respx.mock(base_url=API) as defacto:
        route = defacto.route(method=method, path__regex="").respond(201, json=answer)
        value = call(what)
    [sent] = [call.request for call in route.calls]
    assert sent.url.raw_path.decode() == path
    assert sent.headers["authorization"] == "Bearer k3y"
    assert (json.loads(sent.content) if sent.content else None) == body
    assert value.id == str(answer["id"])


@respx.mock(base_url=API)
def test_a_delete_has_no_body_and_what_is_gone_already_is_told(respx_mock: respx.MockRouter) -> None:
    route = respx_mock.delete("/webhook/7").respond(404, json={"title": "Not found"})
    with pytest.raises(RequestError) as caught:
        call(lambda api: api.delete("7"))
    assert caught.value.status == 404
    assert route.calls.last.request.content == b""


@respx.mock(base_url=API)
def test_a_list_is_read_page_by_page(respx_mock: respx.MockRouter) -> None:
    page = {"count": 2, "page_size": 1, "total": 2}
    first = {**page, "data": [{"id": "1", **BODY}], "next_page": "/webhooks?cursor=2"}
    second = {**page, "data": [{"id": "2", **BODY}], "next_page": None}
    respx_mock.get("/webhooks", params={"cursor": "2"}).respond(200, json=second)
    respx_mock.get("/webhooks").respond(200, json=first)
    assert [remote.id for remote in call(lambda api: api.list_subscriptions())] == ["1", "2"]
