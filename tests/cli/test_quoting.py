"""The very first answer quotes a secret of the file: nothing of it is shown."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.canary import leaks
from tests.faulty_server import Call, FaultyServer, On, Says
from tests.process import run

# Words that nobody would take for a token, in every place that a URL has.
SECRETS = {
    "TOKEN": "correct-horse/battery",
    "SEGMENT": "sesame-open",
    "USER": "alibaba",
    "FRAGMENT": "fortythieves",
    "HOST": "cave-of-wonders",
}
FILE = """\
version: 1
webhooks:
- {name: a, to_url: "https://hooks.example.com/${SEGMENT}?token=${TOKEN}", event_types: [Loan.CLOSED]}
- {name: b, to_url: "https://${USER}:x@hooks.example.com/#${FRAGMENT}", event_types: [Loan.CLOSED]}
- {name: c, to_url: "https://${HOST}.example.com/", event_types: [Loan.CLOSED]}
"""
QUOTINGS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "percent-encoded": lambda text: quote(text, safe=""),
    "every byte": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "JSON-escaped": lambda text: "".join(f"\\u{ord(character):04x}" for character in text),
    "HTML": lambda text: "".join(f"&#{ord(character)};" for character in text),
    "upper case": str.upper,
}


@pytest.mark.parametrize("quoted", QUOTINGS.values(), ids=QUOTINGS.keys())
@pytest.mark.parametrize(
    "command",
    [
        ["plan", "--debug"],
        ["plan", "--format", "json"],
        ["list"],
        ["doctor"],
        ["export"],
        ["events", "--subscribed"],
    ],
)
def test_a_secret_of_the_file_is_known_before_the_first_answer(
    server: FaultyServer, tmp_path: Path, command: list[str], quoted: Callable[[str], str]
) -> None:
    (tmp_path / "webhooks.yaml").write_text(FILE)
    said = "no such thing as " + " or ".join(map(quoted, SECRETS.values()))
    body = json.dumps({"title": said, "status": 400, "detail": f"really {said}"})
    server.reset(faults=[On(Call.ANY, 1, Says(400, body), times=99)])
    ended = run(command, tmp_path, server, **SECRETS)
    assert ended.code == 1
    assert "no such thing as" in " ".join(ended.both.split())
    assert not leaks(ended.both, SECRETS.values()), ended.both


def test_so_is_a_secret_in_the_api_s_own_url(server: FaultyServer, tmp_path: Path) -> None:
    for secret in (SECRETS["SEGMENT"], base64.b32encode(b"open sesame").decode().rstrip("=")):
        server.reset(faults=[On(Call.ANY, 1, Says(400, json.dumps({"title": f"{secret}?"})), times=99)])
        (tmp_path / "webhooks.yaml").write_text(FILE)
        variables = {**SECRETS, "DEFACTO_API_URL": f"{server.url}/{secret}", "DEFACTO_API_KEY": server.key}
        ended = run(["list", "--debug"], tmp_path, None, **variables)
        assert ended.code == 1
        assert not leaks(ended.both, [secret]), ended.both
