"""Ctrl-C and SIGTERM at any moment before a change, also while the command is still being imported."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from tests.faulty_server import FaultyServer
from tests.process import Ended, run

SIGNALS = [signal.SIGINT, signal.SIGTERM]
INTERRUPTS = """\
import os, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == os.environ["AT"]:
            sys.meta_path.remove(self)
            Last()
class Last:
    def __del__(self):  # as in the callbacks of importlib: what is raised here is ignored
        os.kill(os.getpid(), int(os.environ["SIGNAL"]))
sys.meta_path.insert(0, Finder())
"""


def interrupted(server: FaultyServer, folder: Path, at: str, number: int, *arguments: str) -> Ended:
    """The command, which gets the signal when it is about to import `at`."""
    server.reset([])
    (folder / "webhooks.yaml").write_text("version: 1\nwebhooks: []\n")
    (folder / "sitecustomize.py").write_text(INTERRUPTS)
    variables = {"PYTHONPATH": str(folder), "AT": at, "SIGNAL": str(number)}
    return run(arguments, folder, server, **variables)


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize(
    "at",
    [
        "defacto_webhooks.cli",
        "click",
        "click.utils",
        "defacto_webhooks.config",
        "yaml.error",  # what follows meets half a module
        "asyncio.base_events",
        "pydantic.main",
        "httpx",
        "ssl",
    ],
)
def test_while_it_is_imported(server: FaultyServer, tmp_path: Path, at: str, number: int) -> None:
    ended = interrupted(server, tmp_path, at, number, "plan")
    assert (ended.code, ended.out) == (130, "")
    assert ended.err.strip() == "Error: interrupted; nothing was changed"
    assert server.log == []


def test_a_pipe_that_nobody_reads_is_an_error_at_once(server: FaultyServer, tmp_path: Path) -> None:
    server.reset([])
    (tmp_path / "webhooks.yaml").write_text("version: 1\nwebhooks: []\n")
    os.mkfifo(tmp_path / "pipe")
    ended = run(["plan", "--out", "pipe"], tmp_path, server)
    assert ended.code == 1
    assert "Error: pipe was not written: nothing is reading from this pipe" in ended.err
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert run(["plan", "--out", "pipe"], tmp_path, server).code == 0
        assert json.loads(os.read(reader, 65_536))["plan"]["environment"] == "default"
    finally:
        os.close(reader)
