"""What people import who write the callback."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

import defacto_webhooks
from defacto_webhooks import InvalidNotification, Notification, dedupe_key, parse_notification

GUIDE: dict[str, Any] = {
    "entity_type": "invoice",
    "transition_name": "SUBMIT",
    "status": "SUBMITTED",
    "timestamp": "2022-02-11T11:26:59.631326+00:00",
    "id": "a18d5057-0092-4555-b865-7ade03c3ac9b",
    "event_type": "Invoice.SUBMITTED",
    "entity_state": {"id": "a18d5057-0092-4555-b865-7ade03c3ac9b"},
}


@pytest.mark.parametrize("body", [GUIDE, json.dumps(GUIDE), json.dumps(GUIDE).encode()], ids=type)
def test_the_notification_of_the_guide_in_every_form(body: Any) -> None:
    notification = parse_notification(body)
    assert isinstance(notification, Notification)
    assert (notification.event_type, notification.entity_state["id"]) == ("Invoice.SUBMITTED", GUIDE["id"])


def test_a_later_submission_of_the_same_invoice_is_no_duplicate() -> None:
    first = dedupe_key(parse_notification(GUIDE))
    assert first == ("invoice", GUIDE["id"], "Invoice.SUBMITTED", "2022-02-11T11:26:59.631326+00:00")
    same_moment = {**GUIDE, "timestamp": "2022-02-11T12:26:59.631326+01:00", "entity_state": {}}
    assert dedupe_key(parse_notification(same_moment)) == first
    later = {**GUIDE, "timestamp": "2022-02-11T11:27:00+00:00"}
    assert dedupe_key(parse_notification(later)) != first


@pytest.mark.parametrize("timestamp", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_the_ends_of_the_calendar_have_a_key(timestamp: str) -> None:
    assert dedupe_key(parse_notification({**GUIDE, "timestamp": timestamp}))


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", ("body", "is not JSON")),
        (b"\xff", ("body", "is not JSON")),
        (b'{"a":' * 100_000, ("body", "is not JSON")),
        (b"[]", ("body", "should be an object")),
        (json.dumps({**GUIDE, "id": 5}), ("id", "should be a valid string")),
        ({**GUIDE, "entity_state": "s3cret"}, ("entity_state", "should be a valid dictionary")),
        ({name: value for name, value in GUIDE.items() if name != "status"}, ("status", "is missing")),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_what_is_wrong_is_named_and_not_quoted(body: Any, problem: tuple[str, str]) -> None:
    with pytest.raises(InvalidNotification) as caught:
        parse_notification(body)
    assert caught.value.problems == (problem,)
    assert "s3cret" not in str(caught.value)


def test_the_package_alone_imports_nothing_slow() -> None:
    program = "import sys, defacto_webhooks; print({'pydantic', 'httpx', 'yaml'} & set(sys.modules))"
    out = subprocess.run(
        [sys.executable, "-S", "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(defacto_webhooks.__path__[0]) + "/.."},
    ).stdout
    assert out.strip() == "set()"


def test_the_callback_of_the_documentation(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CALLBACK_TOKEN", "right-token")
    text = (Path(__file__).parent.parent / "docs/callback.md").read_text()
    [code] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - the example, as somebody would paste it

    async def statuses() -> list[int]:
        transport = httpx.ASGITransport(names["app"])
        async with httpx.AsyncClient(transport=transport, base_url="http://callback") as client:
            return [
                (await client.request(method, f"/defacto?token={token}", json=GUIDE)).status_code
                for method, token in (
                    ("POST", "right-token"),
                    ("POST", "right-token"),
                    ("POST", "x"),
                    ("GET", "x"),
                )
            ]

    assert asyncio.run(statuses()) == [204, 204, 401, 405]
    [line] = capsys.readouterr().out.splitlines()  # handled once
    assert line.split()[0] == "Invoice.SUBMITTED"
