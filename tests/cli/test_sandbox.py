"""`sandbox` as a process: what it prints works when it is typed in."""

from __future__ import annotations

import re
import shlex
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests import local
from tests.inbox.support import listed
from tests.process import Running, run, serving, start

KEY = {"Authorization": "Bearer defacto-webhooks-local"}


def tries(it: Running) -> list[str]:
    it.wait_for("curl .*/webhooks$", it.out)
    return [line.strip() for line in it.out if line.startswith("  curl")]


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_three_lines_to_try_lead_to_a_notification(tmp_path: Path) -> None:
    with serving(tmp_path, "sandbox") as it:
        create, happen, look = tries(it)
        for line in (create, happen, look):
            done = subprocess.run([*shlex.split(line), "-sf"], capture_output=True, text=True, check=True)
        assert "first-webhook" in done.stdout
        it.wait_for("Invoice.SUBMITTED arrived in inbox first-webhook", it.err)
        [item] = listed(it.url, "first-webhook")
        assert item["fields"]["event_type"] == "Invoice.SUBMITTED"
        assert item["problems"] == []
        assert it.end() == 0
        assert it.err[-1] == "Stopped."


def test_at_an_address_that_others_use_they_do_so_too(tmp_path: Path, own_address: str) -> None:
    it = start(["sandbox", "--host", own_address, "--port", "0"], tmp_path)
    try:
        unique = it.wait_for("Your unique URL +(http://.*)", it.out)[1]
        assert f"http://{own_address}:" in unique
        api = unique.removesuffix("/inbox/first-webhook")
        body = {"name": "a", "to_url": unique, "event_types": ["Loan.CLOSED"]}
        assert local.post(f"{api}/webhooks", json=body, headers=KEY).status_code == 201
        local.post(f"{api}/sandbox/events", json={"event_type": "Loan.CLOSED"}, headers=KEY)
        it.wait_for("Loan.CLOSED arrived in inbox first-webhook", it.err)
        assert it.end() == 0
    finally:
        it.process.kill()
        it.ended()


def test_the_guide_with_a_file_instead_of_curl(tmp_path: Path) -> None:
    with serving(tmp_path, "sandbox") as it:
        unique = it.wait_for("Your unique URL +(http://.*)", it.out)[1]
        (tmp_path / "webhooks.yaml").write_text(
            f"version: 1\nwebhooks:\n  - name: first\n    to_url: {unique}?token=not-a-secret\n"
            "    event_types: [Invoice.SUBMITTED, Invoice.VERIFIED]\n"
        )
        key = "defacto-webhooks-local"
        ended = run(["apply", "-y"], tmp_path, DEFACTO_API_URL=it.url, DEFACTO_API_KEY=key)
        assert ended.code == 0, ended.both
        made = local.post(f"{it.url}/sandbox/invoice-generator", headers=KEY).json()
        local.post(f"{it.url}/invoices", json=made["invoice_creation_payload"], headers=KEY)
        it.wait_for("Invoice.VERIFIED arrived", it.err)
        types = [item["fields"]["event_type"] for item in listed(it.url, "first-webhook")]
        assert types == ["Invoice.VERIFIED", "Invoice.SUBMITTED"]
        assert "not-a-secret" not in "".join(it.out + it.err)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_a_clean_end(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path, "sandbox", "--db", "own/place.db") as it:
        assert local.get(f"{it.url}/inboxes/first-webhook/changes").status_code == 200
        assert it.end(number) == 0
    names = {path.name for path in (tmp_path / "own").iterdir()}
    assert names == {"place.db", "place-inbox.db"}


def test_everything_is_under_one_address(tmp_path: Path) -> None:
    with serving(tmp_path, "sandbox") as it, local.Client(base_url=it.url) as client:
        assert client.get("/").headers["location"] == "/inbox/"
        assert "Webhook inbox" in client.get("/inbox/").text
        assert client.get("/hello").status_code == 401
        assert client.get("/hello", headers=KEY).status_code == 200
        for body, word in (({"entity_type": "a"}, "no_text"), ([], "invalid_payload"), ({"text": "b"}, "ok")):
            assert client.post("/slack/services/T/B/x", json=body).text == word
        assert client.get("/slack/messages").json() == [{"text": "b"}]
        assert client.get("/nothing").status_code == 404
        assert client.post("/nothing", json={}).status_code == 404
        # A callback URL that was mistyped may carry its secret in the path.
        assert client.post("/hook/s3cret", json={}).status_code == 404
        it.wait_for("404  POST an unknown path", it.err)
        it.wait_for("401  GET /hello$", it.err)
        assert "s3cret" not in "".join(it.err)


def test_the_api_answers_under_this_machine_s_names_only(tmp_path: Path) -> None:
    with serving(tmp_path, "sandbox") as it:
        port = it.url.rpartition(":")[2]
        for host, status in ((f"localhost:{port}", 200), (f"rebound.example.com:{port}", 403)):
            assert local.get(f"{it.url}/webhooks", headers={**KEY, "Host": host}).status_code == status
            assert local.get(f"{it.url}/inboxes", headers={"Host": host}).status_code == status
            answer = local.post(f"{it.url}/inbox/a", json={}, headers={"Host": host})
            assert answer.status_code == 204  # notifications may come through a tunnel
        tunnel = {"Host": f"localhost:{port}", "X-Forwarded-For": "203.0.113.9"}
        assert local.get(f"{it.url}/webhooks", headers={**KEY, **tunnel}).status_code == 403


def test_opened_to_others_it_says_what_is_open(tmp_path: Path) -> None:
    with serving(tmp_path, "sandbox", "--host", "0.0.0.0") as it:  # noqa: S104
        warning = it.wait_for(r"^Warning: other machines can reach this at (http://\S+)\.", it.err)
        assert "Anyone can use the local API: its key is public." in warning.string
        assert "Only this machine can see them; --view-token opens the page to others." in warning.string
        assert local.get(f"{warning[1]}/webhooks", headers=KEY).status_code == 200
        far = {"host": "sandbox.example"}
        assert local.get(f"{it.url}/webhooks", headers={**KEY, **far}).status_code == 200
        for path in ("/inboxes", "/slack/messages", "/inbox/"):
            assert local.get(f"{it.url}{path}", headers=far).status_code == 403


def test_what_was_not_delivered_is_told_without_its_secrets(tmp_path: Path) -> None:
    with serving(tmp_path, "sandbox", "--host", "0") as it:
        for to_url in (f"{it.url}/nothing/s3cret?token=s3cret", "https://hooks.example.com/s3cret"):
            body = {"name": "a", "to_url": to_url, "event_types": ["Loan.CLOSED"]}
            assert local.post(f"{it.url}/webhooks", json=body, headers=KEY).status_code == 201
        local.post(f"{it.url}/sandbox/events", json={"event_type": "Loan.CLOSED"}, headers=KEY)
        it.wait_for(r"Loan.CLOSED was not delivered to http://127\.0\.0\.1:.*: answered 404$", it.err)
        it.wait_for(r"was not delivered to https://hooks\.example\.com/.*: not a loopback address$", it.err)
        assert "s3cret" not in "".join(it.err)


def test_what_could_not_be_sent_any_more_is_said_and_comes_later(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, serving(tmp_path, "sandbox") as it:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        body = {"name": "a", "to_url": url, "event_types": ["Loan.CLOSED"]}
        assert local.post(f"{it.url}/webhooks", json=body, headers=KEY).status_code == 201
        for _ in range(3):
            local.post(f"{it.url}/sandbox/events", json={"event_type": "Loan.CLOSED"}, headers=KEY)
        silent.accept()[0].close()  # the first is tried; the second and the third will wait
        with silent.accept()[0]:
            assert it.end() == 0
        assert it.err[-3:] == [
            "Stopped.",
            "Cut off while sending, and not sent again: 1 notification.",
            "Not sent yet: 1 notification. The next start sends the rest.",
        ]
    with serving(tmp_path, "sandbox") as it:
        assert it.end() == 0
        assert it.err[-1] == "Stopped."


def test_what_can_t_be_used_is_told(tmp_path: Path) -> None:
    with serving(tmp_path, "sandbox") as it:
        ended = run(["sandbox", "--port", it.url.rpartition(":")[2]], tmp_path)
        assert ended.code == 1
        assert re.search("port .* can't be used: address already in use", ended.err)
    (tmp_path / "broken.db").write_text("x" * 5000)
    ended = run(["sandbox", "--port", "0", "--db", "broken.db"], tmp_path)
    assert ended.code == 1
    assert "is not a database" in ended.err
