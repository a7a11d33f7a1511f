"""`python -m tests.ci.shellcheck`: shellcheck over every `run:` of the workflows and of the action."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import defacto_webhooks
from tests.ci.runner import ACTION, ROOT, load

PATHS = [
    ACTION,
    *sorted(ROOT.glob(".github/workflows/*.yml")),
    *sorted((Path(defacto_webhooks.__file__).parent / "ci/github/starter").glob("*.yml")),
]


def steps(path: Path) -> Iterable[dict[str, Any]]:
    document = load(path)
    for job in document["jobs"].values() if "jobs" in document else [document["runs"]]:
        yield from job["steps"]


def main() -> int:
    bad = 0
    for path in PATHS:
        for step in steps(path):
            if "run" not in step:
                continue
            done = subprocess.run(
                [str(Path(sys.executable).with_name("shellcheck")), "--shell=bash", "-"],
                input="set -eo pipefail\n" + step["run"],
                encoding="utf-8",
                capture_output=True,
                check=False,
            )
            if done.returncode:
                bad += 1
                name = step.get("name", step["run"].splitlines()[0])
                sys.stderr.write(f"{path.name}, step {name!r}:\n{done.stdout}{done.stderr}\n")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
