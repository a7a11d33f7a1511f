"""What a debugger or a failing assertion shows of a file that was read: nothing that is secret in it."""

from __future__ import annotations

from pathlib import Path

from defacto_webhooks.config import loader
from tests.canary import leaks

FILE = """\
version: 1
environments: {p: {api_url: "https://x.example", api_key: literal-key-9d1f}}
webhooks:
  - {name: a, to_url: "https://h.example/x?token=literal-token-77ab", event_types: [Invoice.SUBMITTED]}
"""


def test_a_file_that_was_read_shows_none_of_its_secrets(tmp_path: Path) -> None:
    path = tmp_path / "webhooks.yaml"
    path.write_text(FILE)
    [source], found = loader._read([(str(path), path.read_bytes())])
    for value in (source, source.content, found):
        assert not leaks(repr(value), ["literal-key-9d1f", "literal-token-77ab"])
