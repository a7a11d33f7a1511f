"""What the package exports can be typed against: a strict program, seen by two type checkers."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import defacto_webhooks

PROGRAM = Path(__file__).parent / "typing_program/every_public_name.py"
CHECKERS = {
    "mypy": [sys.executable, "-m", "mypy", "--strict", "--no-incremental"],
    "pyright": [str(Path(sys.executable).parent / "basedpyright"), "--pythonpath", sys.executable],
}


def check(checker: str, folder: Path, program: str) -> subprocess.CompletedProcess[str]:
    """Runs `checker` over `program` in `folder`, where nothing else configures it."""
    (folder / "program.py").write_text(program)
    settings = {"typeCheckingMode": "strict", "pythonVersion": "3.11"}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    (folder / "mypy.ini").write_text("[mypy]\n")
    return subprocess.run(
        [*CHECKERS[checker], "program.py"],
        cwd=folder,
        env={**os.environ, "VIRTUAL_ENV": sys.prefix},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("checker", CHECKERS)
def test_every_public_name_has_a_type(tmp_path: Path, checker: str) -> None:
    done = check(checker, tmp_path, PROGRAM.read_text())
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_misspelt_name_is_noticed(tmp_path: Path, checker: str) -> None:
    done = check(checker, tmp_path, PROGRAM.read_text().replace("make_plan", "make_plam"))
    assert done.returncode == 1
    assert "make_plam" in done.stdout


def test_the_program_uses_all_that_is_exported() -> None:
    tree = ast.parse(PROGRAM.read_text())
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "defacto_webhooks"
        for alias in node.names
    }
    assert imported == set(defacto_webhooks.__all__)


def test_every_exported_name_is_there() -> None:
    for name in defacto_webhooks.__all__:
        assert getattr(defacto_webhooks, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = defacto_webhooks.nonsense  # type: ignore[attr-defined]
