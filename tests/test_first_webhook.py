"""Walks through docs/first-webhook.md: every file is written, every command typed, every shown line seen."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from defacto_webhooks import parse_notification
from tests.cli.serving import Serving
from tests.process import environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PAGE = (Path(__file__).parent.parent / "docs/first-webhook.md").read_text()
SERVES = {"defacto-webhooks sandbox": "8026", "defacto-webhooks listen --slack-url": "8025"}


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return str(listener.getsockname()[1])


def steps(block: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a console block, with the lines that are shown below it."""
    command, shown = "", list[str]()
    for line in block.splitlines():
        if line.startswith("$ "):
            if command:
                yield command, shown
            command, shown = line[2:], []
        else:
            shown.append(line)
    yield command, shown


def assert_shown(shown: list[str], output: str, command: str) -> None:
    """Each line stands in `output`, later than the one before; `…` stands for anything."""
    position = 0
    for line in filter(str.strip, shown):
        pattern = ".*".join(map(re.escape, line.split("…")))
        match = re.compile(pattern if line.strip() != "…" else "").search(output, position)
        assert match, f"{command}\nshows no {line!r} in\n{output}"
        position = match.end()


@contextmanager
def typed_in_another_terminal(command: str, folder: Path, variables: Mapping[str, str]) -> Iterator[Serving]:
    process = subprocess.Popen(
        ["bash", "-c", f"exec {command}"],
        cwd=folder,
        env=dict(variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    it = Serving(process)
    it.begin()
    try:
        yield it
    finally:
        assert it.end() == 0


def test_the_walk(tmp_path: Path) -> None:
    page = PAGE
    ports = {port: free_port() for port in ("8025", "8026", "8027")}
    for port, free in ports.items():
        page = page.replace(f"127.0.0.1:{port}", f"127.0.0.1:{free}").replace(
            f"--port {port}", f"--port {free}"
        )
    variables = environment(PATH=f"{Path(sys.executable).parent}:{environment()['PATH']}")
    exports: list[str] = []
    with ExitStack() as terminals:
        for language, block in re.findall(r"```(\w+)\n(.*?)```", page, re.DOTALL):
            if language == "json":
                assert parse_notification(json.dumps(json.loads(block))).event_type == "Invoice.SUBMITTED"
            elif language == "yaml":
                (tmp_path / "webhooks.yaml").write_text(block)
            else:
                for command, shown in steps(block):
                    served = next((port for start, port in SERVES.items() if command.startswith(start)), None)
                    if served is not None:
                        command += f" --port {ports[served]}"
                        it = terminals.enter_context(typed_in_another_terminal(command, tmp_path, variables))
                        for line in filter(lambda line: line != "…", shown):
                            it.wait_for(re.escape(line), it.err if "listen" in command else it.out)
                    elif command.startswith("export "):
                        exports.append(command)
                    else:
                        script = "\n".join([*exports, command, "wait"])
                        done = subprocess.run(
                            ["bash", "-c", f"exec 2>&1\n{script}"],
                            cwd=tmp_path,
                            env=variables,
                            capture_output=True,
                            text=True,
                            timeout=60,
                            check=False,
                        )
                        assert done.returncode == 0, f"{command}\n{done.stdout}"
                        assert_shown(shown, done.stdout, command)


def test_every_heading_and_event_type_of_the_guide_is_in_the_walk() -> None:
    for words in (
        "Webhooks enable you to get live status updates",
        "1. Create your first webhook subscription",
        "2. Create a new invoice for it to trigger a status update",
        "3. Look at the received webhook notification",
        "Your unique URL",
        "There is one for `Invoice.SUBMITTED` and one for `Invoice.VERIFIED`",
        "If you lost the link to your subscription",
        "POST",
        "one per status change",
        "one per type of",
        "live Slack notifications",
    ):
        assert words in PAGE
