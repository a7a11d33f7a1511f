"""Keys, subscriptions, pages and refusals: the surface that the client talks to."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from defacto_webhooks.local_api import LocalApi
from tests import local
from tests.local_api.support import AUTHORIZATION, embedded, serving, subscribe

SUBSCRIPTION = {
    "name": "invoices",
    "to_url": "https://hooks.example.com/a?token=s%20x&b",
    "event_types": ["Invoice.VERIFIED", "Invoice.SUBMITTED"],
}


def assert_problem(answer: httpx.Response, status: int, *names: str) -> None:
    """That it is one of Defacto's is checked with every answer of the client."""
    assert answer.status_code == status
    assert sorted(param["name"] for param in answer.json().get("invalid_params", [])) == sorted(names)


def test_over_http_a_subscription_is_made_listed_changed_and_deleted(db: Path) -> None:
    seen: list[tuple[str, str, int]] = []
    api = LocalApi(db, on_request=lambda *request: seen.append(request))
    with serving(api) as url, local.Client(base_url=url, headers=AUTHORIZATION) as client:
        hello = client.get("/hello")
        assert (hello.status_code, hello.headers["content-type"]) == (200, "text/plain; charset=utf-8")

        created = client.post("/webhooks", json=SUBSCRIPTION)
        assert created.status_code == 201
        subscription = created.json()
        assert str(UUID(subscription["id"])) == subscription["id"]
        assert subscription == {"id": subscription["id"], **SUBSCRIPTION}

        assert client.get("/webhooks").json() == {
            "count": 1,
            "page_size": 100,
            "total": 1,
            "next_page": None,
            "previous_page": None,
            "data": [subscription],
        }

        changed = {**SUBSCRIPTION, "event_types": ["Loan.CLOSED"]}
        patched = client.patch(f"/webhook/{subscription['id']}", json=changed)
        assert (patched.status_code, patched.json()) == (200, {"id": subscription["id"], **changed})
        assert client.get("/webhooks").json()["data"] == [patched.json()]

        deleted = client.delete(f"/webhook/{subscription['id']}")
        assert (deleted.status_code, deleted.content) == (204, b"")
        assert client.get("/webhooks").json()["data"] == []
        assert_problem(client.delete(f"/webhook/{subscription['id']}"), 404)
        assert_problem(client.patch(f"/webhook/{subscription['id']}", json=changed), 404)

    path = f"/webhook/{subscription['id']}"
    assert seen == [
        ("GET", "/hello", 200),
        ("POST", "/webhooks", 201),
        ("GET", "/webhooks", 200),
        ("PATCH", path, 200),
        ("GET", "/webhooks", 200),
        ("DELETE", path, 204),
        ("GET", "/webhooks", 200),
        ("DELETE", path, 404),
        ("PATCH", path, 404),
    ]


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer wrong",
        "Basic defacto-webhooks-local",
        "defacto-webhooks-local",
        "\xff \xff",
    ],
)
async def test_a_wrong_key_is_a_401_before_anything_else(api: LocalApi, authorization: str | None) -> None:
    async with embedded(api, headers={}) as client:
        for method, path in (("GET", "/hello"), ("GET", "/webhooks"), ("POST", "/webhooks")):
            headers = [] if authorization is None else [(b"authorization", authorization.encode("latin-1"))]
            answer = await client.request(method, path, headers=headers, content=b"{")
            assert_problem(answer, 401)
            assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"name": None}, ["name"]),
        ({"name": 1}, ["name"]),
        ({"to_url": "not a url"}, ["to_url"]),
        ({"to_url": "ftp://example.com"}, ["to_url"]),
        ({"to_url": "https://"}, ["to_url"]),
        ({"to_url": "https://example.com:99999/"}, ["to_url"]),
        ({"to_url": "https://xn--a-ecp.ru\x00/"}, ["to_url"]),
        ({"event_types": []}, ["event_types"]),
        ({"event_types": "Loan.CLOSED"}, ["event_types"]),
        ({"event_types": ["Loan.CLOSED", "nonsense", 3]}, ["event_types.1", "event_types.2"]),
        ({"event_types": ["Loan.NEW", "Loan.OVERDUE", "Loan.*"]}, [f"event_types.{n}" for n in range(3)]),
        ({"name": [], "to_url": {}}, ["name", "to_url"]),
    ],
)
async def test_fields_that_are_not_valid(
    client: httpx.AsyncClient, change: dict[str, Any], names: list[str]
) -> None:
    there = await subscribe(client, "https://example.com", "Loan.CLOSED")
    before = (await client.get("/webhooks")).json()
    for method, path in (("POST", "/webhooks"), ("PATCH", f"/webhook/{there}")):
        answer = await client.request(method, path, json={**SUBSCRIPTION, **change})
        assert_problem(answer, 422, *names)
        assert "hooks.example.com" not in answer.text
        assert "Value error" not in answer.text
    assert (await client.get("/webhooks")).json() == before


async def test_all_three_fields_are_required(client: httpx.AsyncClient) -> None:
    there = await subscribe(client, "https://example.com", "Loan.CLOSED")
    assert_problem(await client.post("/webhooks", json={}), 422, "name", "to_url", "event_types")
    answer = await client.patch(f"/webhook/{there}", json={"name": "b"})
    assert_problem(answer, 422, "to_url", "event_types")
    assert_problem(await client.post("/webhooks", json=[]), 422, "body")


async def test_twins_are_accepted_and_kept_apart(client: httpx.AsyncClient) -> None:
    ids = [await subscribe(client, "https://example.com/x", "Loan.CLOSED") for _ in range(3)]
    assert len(set(ids)) == 3
    await client.delete(f"/webhook/{ids[1]}")
    assert [item["id"] for item in (await client.get("/webhooks")).json()["data"]] == [ids[0], ids[2]]


async def test_the_list_comes_in_pages_that_lead_to_each_other(client: httpx.AsyncClient) -> None:
    ids = [await subscribe(client, "https://example.com/x", "Loan.CLOSED") for _ in range(205)]
    await client.delete(f"/webhook/{ids.pop(100)}")  # the start of the second page
    pages, path = [], "/webhooks"
    while path:
        pages.append((await client.get(path)).json())
        path = pages[-1]["next_page"]
    assert [item["id"] for page in pages for item in page["data"]] == ids
    assert [page["count"] for page in pages] == [100, 100, 4]
    assert {(page["page_size"], page["total"]) for page in pages} == {(100, 204)}
    assert pages[0]["previous_page"] is None
    for before, page in pairwise(pages):
        assert (await client.get(page["previous_page"])).json() == before
    for left in ids[100:]:  # so that the first page is full, and the last
        await client.delete(f"/webhook/{left}")
    first = (await client.get("/webhooks")).json()
    assert (first["count"], first["total"], first["next_page"]) == (100, 100, None)


@pytest.mark.parametrize("cursor", ["x", "99999999999999999999", "", "-1", "%D9%A3"])
async def test_a_cursor_that_is_not_one(client: httpx.AsyncClient, cursor: str) -> None:
    assert_problem(await client.get(f"/webhooks?cursor={cursor}"), 422, "cursor")


async def test_unknown_paths_and_methods(client: httpx.AsyncClient) -> None:
    for path in (
        "/",
        "/nothing",
        "/webhooks/",
        "/webhook",
        "/webhook/",
        "/webhook/a/b",
        "/invoice/../hello/",
    ):
        assert_problem(await client.get(path), 404)
    for method, path, allowed in (
        ("GET", "/webhook/x", {"PATCH", "DELETE"}),
        ("DELETE", "/webhooks", {"GET", "HEAD", "POST"}),
        ("GET", "/invoices", {"POST"}),
        ("GET", "/sandbox/invoice-generator", {"POST"}),
        ("GET", "/invoice/x/submit", {"POST"}),
    ):
        answer = await client.request(method, path)
        assert_problem(answer, 405)
        assert set(answer.headers["allow"].split(", ")) == allowed
