"""`python -m tests.type_checkers`: mypy and pyright over a program outside of the package, as a user has one.

It uses every public name, and is clean under both; a misspelt name is noticed by both.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

PROGRAM = Path(__file__).parent / "typing_program/every_public_name.py"
MISSPELT = "from defacto_webhooks import make_plam\n\nprint(make_plam)\n"
CHECKERS = (
    (sys.executable, "-m", "mypy", "--strict", "--no-incremental"),
    (str(Path(sys.executable).parent / "basedpyright"), "--pythonpath", sys.executable),
)


def errors(checker: Sequence[str], folder: Path) -> list[str]:
    """What `checker` finds in the two files in `folder`, where nothing else configures it."""
    done = subprocess.run(
        [*checker, "program.py", "misspelt.py"],
        cwd=folder,
        env={**os.environ, "VIRTUAL_ENV": sys.prefix},
        capture_output=True,
        text=True,
        check=False,
    )
    return [line for line in done.stdout.splitlines() if re.search(r"[:-] error: ", line)] or [done.stderr]


def wrong(folder: Path) -> Iterator[str]:
    (folder / "program.py").write_text(PROGRAM.read_text())
    (folder / "misspelt.py").write_text(MISSPELT)
    (folder / "pyrightconfig.json").write_text(
        json.dumps({"typeCheckingMode": "strict", "pythonVersion": "3.11"})
    )
    (folder / "mypy.ini").write_text("[mypy]\n")
    for checker in CHECKERS:
        found = errors(checker, folder)
        yield from (error for error in found if "misspelt.py" not in error)
        if not any("make_plam" in error for error in found):
            yield f"{Path(checker[-1]).name}: the misspelt name was not noticed"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        sys.exit("\n".join(wrong(Path(name))) or 0)
