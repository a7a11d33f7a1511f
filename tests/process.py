"""The installed command as a process, with nothing of this machine's environment but the path."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faulty_server import FaultyServer

CHECKED: Counter[str] = Counter()  # how much output was looked through for secrets
COMMAND = str(Path(sys.executable).with_name("defacto-webhooks"))


@dataclass(frozen=True)
class Ended:
    """How a process ended, and all that it printed."""

    code: int
    out: str
    err: str

    @property
    def both(self) -> str:
        return self.out + self.err


def _ended(code: int, out: str, err: str, variables: Mapping[str, str]) -> Ended:
    """No traceback and no API key, ever, in anything that is printed."""
    CHECKED["bytes"] += len(out) + len(err)
    assert "Traceback" not in err
    key = variables.get("DEFACTO_API_KEY", "")
    assert len(key) < 8 or key not in out + err
    return Ended(code, out, err)


def environment(server: FaultyServer | None = None, **more: str) -> dict[str, str]:
    account = {"DEFACTO_API_URL": server.url, "DEFACTO_API_KEY": server.key} if server else {}
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **account, **more}


def start(arguments: Sequence[str], folder: Path, variables: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [COMMAND, *arguments],
        cwd=folder,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str], timeout_s: float = 60) -> Ended:
    out, err = process.communicate(timeout=timeout_s)
    return _ended(process.returncode, out, err, {})


def shell(script: str, folder: Path, server: FaultyServer | None = None) -> Ended:
    """A bash script; `$0` is the command."""
    everything = environment(server)
    done = subprocess.run(
        ["bash", "-c", script, COMMAND],
        cwd=folder,
        env=everything,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    return _ended(done.returncode, done.stdout, done.stderr, everything)


def run(
    arguments: Sequence[str],
    folder: Path,
    server: FaultyServer | None = None,
    *,
    stdin: str | None = None,
    **variables: str,
) -> Ended:
    """Run it to its end."""
    done = subprocess.run(
        [COMMAND, *arguments],
        cwd=folder,
        env=(everything := environment(server, **variables)),
        input=stdin or "",
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    return _ended(done.returncode, done.stdout, done.stderr, everything)
