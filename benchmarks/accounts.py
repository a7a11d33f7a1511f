"""Files and accounts of any size, and a server of its own process that holds the account."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from benchmarks.measuring import HERE

EVENTS = ("Invoice.SUBMITTED", "Invoice.VERIFIED", "Loan.CLOSED")
TOKEN = "a-token-of-32-characters-as-usual"  # noqa: S105 - made up
TOKEN_SET = {"CALLBACK_TOKEN": TOKEN}
A_FILE = 10_000  # entries; one that is larger would be split by any team, and more than 10 MiB is refused


def entry(number: int, events: Sequence[str] = EVENTS) -> dict[str, Any]:
    return {
        "name": f"subscription-{number:06}",
        "to_url": f"https://hooks.example.com/defacto/{number}?token={TOKEN}",
        "event_types": list(events),
    }


def write_config(folder: Path, count: int) -> Path:
    """The folder of files that `-c` takes; the token comes from a variable."""
    folder.mkdir()
    for start in range(0, count, A_FILE):
        lines = ["version: 1", "webhooks:"]
        for number in range(start, min(start + A_FILE, count)):
            one = entry(number)
            lines += [
                f"  - name: {one['name']}",
                f"    to_url: {one['to_url'].replace(TOKEN, '${CALLBACK_TOKEN}')}",
                f"    event_types: [{', '.join(EVENTS)}]",
            ]
        (folder / f"{start:06}.yaml").write_text("\n".join(lines) + "\n")
    return folder


class Account:
    """A running server. `environment` is what a command needs to talk to it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.environment = {"DEFACTO_API_URL": url, "DEFACTO_API_KEY": "k", **TOKEN_SET}

    def hold(self, count: int, events: Sequence[str] = EVENTS) -> None:
        """Hold `count` entries and no others, and count requests from 0."""
        # Made there: what this process holds would count as memory of the commands that it starts.
        wanted = {"count": count, "events": events}
        request = Request(f"{self.url}/all", json.dumps(wanted).encode(), method="PUT")  # noqa: S310 - loopback
        with urlopen(request) as answer:  # noqa: S310 - loopback
            answer.read()

    def empty(self) -> None:
        self.hold(0)

    def requests(self) -> int:
        """How many came since."""
        with urlopen(f"{self.url}/requests") as answer:  # noqa: S310 - loopback
            return int(answer.read())


@contextmanager
def account(latency_s: float = 0.0) -> Iterator[Account]:
    """A server that answers each request after `latency_s`, with nothing in it yet."""
    command = [sys.executable, "-m", "benchmarks.server", str(latency_s)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HERE.parent) as server:
        assert server.stdout
        try:
            yield Account(f"http://127.0.0.1:{server.stdout.readline().strip()}")
        finally:
            server.kill()
