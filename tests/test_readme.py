"""Every YAML block of the README is a valid file, and its console examples show what the command prints."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.process import run

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> Sequence[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("block", blocks("yaml"))
def test_yaml_blocks_are_valid(tmp_path: Path, block: str) -> None:
    (tmp_path / "webhooks.yaml").write_text(block)
    ended = run(["validate"], tmp_path)
    assert ended.code == 0, ended.both


def test_the_file_of_this_repository_works_as_it_stands(tmp_path: Path) -> None:
    shutil.copy(ROOT / "webhooks.yaml", tmp_path)
    for environment in ("local", "sandbox", "production"):
        assert run(["validate", "--strict", "--no-env", "-e", environment], tmp_path).code == 0
    shown = run(["plan", "--target", "invoices"], tmp_path).out
    [example] = [block for block in blocks("console") if "plan --target" in block]
    for line in shown.splitlines():
        assert line in example or line.startswith("Fingerprint"), line
    assert run(["apply", "-y"], tmp_path).code == 0
    ended = run(["plan", "--detailed-exitcode"], tmp_path)
    assert ended.code == 0
    assert ended.out.splitlines()[-1] in example
