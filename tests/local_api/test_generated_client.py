"""A client that a generator makes of the OpenAPI document works against the sandbox as it is.

It shares no line with the client of this package, nor with the server.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from defacto_webhooks.local_api import EMBEDDED_KEY, LocalApi
from tests.local_api.support import serving

GENERATOR = Path(sys.executable).with_name("openapi-python-client")
NAME = "generated_defacto_client"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(LocalApi(tmp_path_factory.mktemp("api") / "local.db", verification_delay_s=0.2)) as url:
        yield url


@pytest.fixture(scope="module")
def call(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A function that calls a generated operation, and answers with its status and what it parsed."""
    folder = tmp_path_factory.mktemp("generated")
    (folder / "document.json").write_text(httpx.get(f"{url}/openapi.json").text)
    (folder / "config.yaml").write_text("post_hooks: []\n")
    arguments = ["generate", "--path", "document.json", "--meta", "none", "--output-path", NAME]
    done = subprocess.run(
        [GENERATOR, *arguments, "--config", "config.yaml", "--fail-on-warning"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    try:
        package = importlib.import_module(NAME)
        models = importlib.import_module(f"{NAME}.models")
        client = package.AuthenticatedClient(base_url=url, token=EMBEDDED_KEY)

        def one(
            operation: str, *path: str, body: tuple[str, dict[str, Any]] | None = None, **query: Any
        ) -> Any:
            module = importlib.import_module(f"{NAME}.api.defacto.{operation}")
            if body is not None:
                query["body"] = getattr(models, body[0]).from_dict(body[1])
            answer = module.sync_detailed(*path, client=client, **query)
            return int(answer.status_code), answer.parsed

        yield one
        client.get_httpx_client().close()
    finally:
        sys.path.remove(str(folder))
        for module in [module for module in sys.modules if module.partition(".")[0] == NAME]:
            del sys.modules[module]


def test_webhooks(call: Any) -> None:
    assert call("get_hello")[0] == 200
    wanted = {"name": "a", "to_url": "http://127.0.0.1:9/x?token=a%2Fb", "event_types": ["Invoice.SUBMITTED"]}
    status, made = call("post_webhooks", body=("SubscriptionBody", wanted))
    assert (status, made.to_dict()) == (201, {**wanted, "id": made.id})
    changed = {**wanted, "event_types": ["Invoice.VERIFIED", "Loan.CLOSED"]}
    status, patched = call("patch_webhook_id", made.id, body=("SubscriptionBody", changed))
    assert (status, patched.to_dict()) == (200, {**changed, "id": made.id})
    status, page = call("get_webhooks")
    assert (status, page.count, page.page_size, page.next_page) == (200, 1, 100, None)
    assert page.data == [patched]
    assert call("delete_webhook_id", made.id) == (204, None)
    status, problem = call("delete_webhook_id", made.id)
    assert (status, problem.status, problem.instance) == (404, 404, f"/webhook/{made.id}")
    status, problem = call("post_webhooks", body=("SubscriptionBody", {**wanted, "event_types": []}))
    assert (status, problem.invalid_params[0].name) == (422, "event_types")


def test_invoices(call: Any) -> None:
    status, generated = call(
        "post_sandbox_invoice_generator", body=("GeneratorBody", {"scenario": "SUCCESS"})
    )
    assert status == 201
    assert generated.pdf_download_url.endswith(".pdf")
    payload = generated.invoice_creation_payload.to_dict()
    assert payload["is_draft"] is False
    status, made = call("post_invoices", body=("InvoiceCreation", payload))
    assert (status, made.status, made.is_draft) == (201, "SUBMITTED", False)
    assert (made.invoice_number, made.loan_ids) == (payload["invoice_number"], [])

    status, draft = call("post_invoices", body=("InvoiceCreation", {"invoice_number": "F-1"}))
    assert (status, draft.status, draft.is_draft) == (201, "TO_SUBMIT", True)
    status, problem = call("post_invoice_id_submit", draft.id, body=("InvoiceChange", {}))
    assert status == 422
    assert {param.name for param in problem.invalid_params} >= {"buyer", "seller", "total_amount"}
    change = {key: value for key, value in payload.items() if key not in ("document", "is_draft")}
    assert call("patch_invoice_id", draft.id, body=("InvoiceChange", change))[0] == 200
    status, submitted = call("post_invoice_id_submit", draft.id, body=("InvoiceChange", {}))
    assert (status, submitted.status) == (200, "SUBMITTED")
    deadline = time.monotonic() + 10
    while call("get_invoice_id", draft.id)[1].status != "VERIFIED":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    status, problem = call("patch_invoice_id", draft.id, body=("InvoiceChange", change))
    assert (status, problem.title) == (400, "Bad Request")

    status, page = call("get_invoices", page_size=1)
    assert (status, page.count, page.page_size) == (200, 1, 1)
    assert page.next_page.startswith("/invoices?")
    status, page = call("get_invoices", status=["VERIFIED"], invoice_id=[draft.id])
    assert [invoice.id for invoice in page.data] == [draft.id]
    status, deleted = call("delete_invoice_id", draft.id)
    assert (status, deleted.status) == (200, "DELETED")


def test_a_wrong_key(url: str) -> None:
    answer = httpx.get(f"{url}/webhooks", headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 401
    assert json.loads(answer.text)["title"] == "Unauthorized"
