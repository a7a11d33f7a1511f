"""What pyproject.toml says of the packages. `make dist` looks at the built ones (tests/packages.py)."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

import defacto_webhooks
from tests.ci.runner import load
from tests.packages import REPOSITORY, check_links

ROOT = Path(__file__).parent.parent
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
REQUIREMENTS = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["sandbox"]]


@pytest.mark.parametrize("text", REQUIREMENTS)
def test_a_library_has_a_lowest_version_and_ends_before_a_major_one(text: str) -> None:
    bounds = {one.operator: Version(one.version) for one in Requirement(text).specifier}
    assert bounds.keys() == {">=", "<"}
    assert bounds["<"].release == (bounds["<"].major,)
    assert bounds["<"].major <= bounds[">="].major + 2


def test_the_classifiers_are_what_ci_runs() -> None:
    matrix = load(ROOT / ".github/workflows/ci.yml")["jobs"]["test"]["strategy"]["matrix"]
    pythons = {text.split()[-1] for text in PROJECT["classifiers"] if re.search(r"Python :: 3\.\d+$", text)}
    assert pythons == set(matrix["python"])
    systems = {text.split()[-1] for text in PROJECT["classifiers"] if text.startswith("Operating System")}
    assert systems == {"Linux", "MacOS", "Windows"}
    assert matrix["os"] == ["ubuntu-latest", "macos-latest"]
    assert load(ROOT / ".github/workflows/ci.yml")["jobs"]["windows"]["runs-on"] == "windows-latest"


def test_all_links_are_of_one_repository() -> None:
    assert PROJECT["urls"].keys() >= {"Homepage", "Documentation", "Changelog", "Issues", "Source"}
    assert all(url.startswith(REPOSITORY) for url in PROJECT["urls"].values())


def test_the_readme_works_on_a_package_index() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    version = defacto_webhooks.__version__
    for one in PYPROJECT["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]["substitutions"]:
        text = re.sub(one["pattern"], one["replacement"].replace("$HFPR_VERSION", version), text)
    check_links(text, version)
