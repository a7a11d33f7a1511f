"""What the package exports can be typed against: a strict program, seen by two type checkers."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from pydantic import BaseModel

import defacto_webhooks

PROGRAM = Path(__file__).parent / "typing_program/every_public_name.py"
EXPORTED = set(vars(defacto_webhooks)["__all__"])
CHECKERS = {
    "mypy": [sys.executable, "-m", "mypy", "--strict", "--no-incremental"],
    "pyright": [str(Path(sys.executable).parent / "basedpyright"), "--pythonpath", sys.executable],
}


@pytest.mark.parametrize("checker", CHECKERS)
def test_every_public_name_has_a_type_and_a_misspelt_one_is_noticed(tmp_path: Path, checker: str) -> None:
    """Where nothing else configures the checker."""
    (tmp_path / "program.py").write_text(PROGRAM.read_text())
    (tmp_path / "misspelt.py").write_text("from defacto_webhooks import make_plam\n\nprint(make_plam)\n")
    settings = {"typeCheckingMode": "strict", "pythonVersion": "3.11"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    (tmp_path / "mypy.ini").write_text("[mypy]\n")
    done = subprocess.run(
        [*CHECKERS[checker], "program.py", "misspelt.py"],
        cwd=tmp_path,
        env={**os.environ, "VIRTUAL_ENV": sys.prefix},
        capture_output=True,
        text=True,
        check=False,
    )
    errors = [line for line in done.stdout.splitlines() if re.search(r"[:-] error: ", line)]
    assert done.returncode == 1, done.stdout + done.stderr
    assert any("make_plam" in error for error in errors)
    assert [error for error in errors if "misspelt.py" not in error] == []


def test_the_program_uses_all_that_is_exported() -> None:
    tree = ast.parse(PROGRAM.read_text())
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "defacto_webhooks"
        for alias in node.names
    }
    assert imported == EXPORTED


def test_every_exported_name_is_there() -> None:
    for name in EXPORTED:
        assert getattr(defacto_webhooks, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = defacto_webhooks.nonsense  # type: ignore[attr-defined]


def attribute_types(exported: type) -> Iterator[object]:
    """The types of its public attributes, be they fields or properties."""
    if issubclass(exported, BaseModel):
        yield from (field.annotation for field in exported.model_fields.values())
    else:
        yield from (hint for name, hint in get_type_hints(exported).items() if name[0] != "_")
    for name, member in vars(exported).items():
        if isinstance(member, property) and name[0] != "_":
            yield get_type_hints(member.fget)["return"]


def classes_in(hint: object) -> Iterator[type]:
    """Those of the package."""
    if isinstance(hint, type) and hint.__module__.startswith("defacto_webhooks"):
        yield hint
    for inner in get_args(hint):
        yield from classes_in(inner)


@pytest.mark.parametrize("name", sorted(EXPORTED))
def test_the_types_of_public_attributes_are_exported_too(name: str) -> None:
    exported = getattr(defacto_webhooks, name)
    if isinstance(exported, type):
        needed = {found.__name__ for hint in attribute_types(exported) for found in classes_in(hint)}
        assert needed <= EXPORTED
