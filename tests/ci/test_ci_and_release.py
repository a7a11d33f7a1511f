"""The steps of ci.yml and release.yml, run with a `make` and a `uv` that write down what they are asked."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import defacto_webhooks
from tests.ci.runner import ROOT, load
from tests.ci.shellcheck import PATHS, steps
from tests.process import COMMAND, run

RECORDER = """#!/usr/bin/env bash
echo "$(basename "$0") $*" >>"$RECORD"
if [ "$1 $2" = "python find" ]; then echo "/pythons/$3"; fi
"""
REPOSITORY = {
    "GITHUB_REPOSITORY": "defacto-webhooks/defacto-webhooks",
    "GITHUB_ACTOR": "somebody",
    "GH_TOKEN": "x",
}


def executed(path: str, tmp_path: Path, **variables: str) -> tuple[list[str], int]:
    """What the steps of a workflow ask of make and uv, and the exit code of the last."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("make", "uv", "gh", "docker"):
        (tools / name).write_text(RECORDER)
        (tools / name).chmod(0o755)
    record = tmp_path / "record"
    record.touch()
    for name in ("CHANGELOG.md", "dist", "src"):
        (tmp_path / name).symlink_to(ROOT / name)
    code = 0
    for step in steps(ROOT / ".github/workflows" / path):
        if "run" not in step or code:
            continue
        code = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
            cwd=tmp_path,
            env={"PATH": f"{tools}:/usr/bin:/bin", "RECORD": str(record), **variables},
            check=False,
        ).returncode
    return record.read_text().splitlines(), code


def test_ci_runs_what_a_developer_runs(tmp_path: Path) -> None:
    asked, code = executed("ci.yml", tmp_path, VERSION="3.14")
    assert code == 0
    assert asked == [
        "make lint",
        "make act",
        "uv python install 3.14",
        "uv python find 3.14",
        "make test PYTHON=/pythons/3.14",
        "uv venv --python 3.14",
        "uv pip install --editable .[sandbox] --group dev",
        "uv run --no-sync python -m pytest -n auto tests/config tests/plan tests/api tests/apply tests/render"
        " --ignore tests/config/test_reading.py",
        "uv run --no-sync defacto-webhooks demo",
        "make lowest",
        "make wheel",
    ]
    targets = {line.split(":")[0] for line in (ROOT / "Makefile").read_text().splitlines() if ":" in line}
    assert {"lint", "test", "lowest", "newest", "wheel", "dist"} <= targets
    matrix = load(ROOT / ".github/workflows/ci.yml")["jobs"]["test"]["strategy"]["matrix"]
    assert matrix == {"os": ["ubuntu-latest", "macos-latest"], "python": ["3.11", "3.12", "3.13", "3.14"]}


@pytest.mark.skipif(not (ROOT / "src").exists(), reason="src is away: the wheel is tested")
@pytest.mark.parametrize(("tag", "good"), [(f"v{defacto_webhooks.__version__}", True), ("v0.0.0", False)])
def test_only_the_version_is_released(tmp_path: Path, tag: str, good: bool) -> None:
    asked, code = executed("release.yml", tmp_path, GITHUB_REF_NAME=tag, **REPOSITORY)
    assert (asked[:2], code) == ((["make wheel", "make dist"], 0) if good else ([], 1))


def test_publishing_has_an_identity_and_no_stored_token() -> None:
    release = ROOT / ".github/workflows/release.yml"
    assert "secrets." not in release.read_text()
    jobs = load(release)["jobs"]
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert jobs["publish"]["environment"] == "pypi"


def test_whatever_is_released_was_attested_first() -> None:
    jobs = load(ROOT / ".github/workflows/release.yml")["jobs"]
    assert {name: job.get("needs") for name, job in jobs.items()} == {
        "build": None,
        "attest": "build",
        "release": "attest",
        "publish": "attest",
        "image": "attest",
    }
    assert jobs["attest"]["permissions"] == {"attestations": "write", "id-token": "write"}
    assert [name for name, job in jobs.items() if "write" in job["permissions"].values()] == [
        "attest",
        "release",
        "publish",
        "image",
    ]


@pytest.mark.skipif(not (ROOT / "src").exists(), reason="src is away: the wheel is tested")
def test_a_release_has_the_files_and_what_changed(tmp_path: Path) -> None:
    version = defacto_webhooks.__version__
    asked, code = executed("release.yml", tmp_path, GITHUB_REF_NAME=f"v{version}", **REPOSITORY)
    assert code == 0
    assert f"gh release create v{version} --verify-tag --title v{version}" in "\n".join(asked)
    assert "docker build --tag ghcr.io/defacto-webhooks/defacto-webhooks:" + version in "\n".join(asked)
    notes = (tmp_path / "notes/notes.md").read_text()
    assert "### Added" in notes
    assert "## " + version not in notes


def test_the_newest_versions_are_tried_every_week(tmp_path: Path) -> None:
    assert executed("newest.yml", tmp_path) == (["make newest"], 0)
    assert load(ROOT / ".github/workflows/newest.yml")["on"]["schedule"]


def test_every_script_is_looked_at_by_shellcheck() -> None:
    assert {path.name for path in PATHS} == {
        "action.yml",
        "ci.yml",
        "drift-workflow.yml",
        "newest.yml",
        "release.yml",
        "webhooks.yml",
        "webhooks-workflow.yml",
    }


@pytest.mark.parametrize(("event_type", "code"), [("Loan.CLOSED", 0), ("Loan.CLOSE", 1)])
def test_the_pre_commit_hook_needs_no_variables(tmp_path: Path, event_type: str, code: int) -> None:
    [hook] = load(ROOT / ".pre-commit-hooks.yaml")
    program, *arguments = hook["entry"].split()
    assert Path(COMMAND).name == program
    assert hook["pass_filenames"] == "false"
    (tmp_path / "webhooks.yaml").write_text(
        (ROOT / "webhooks.yaml").read_text().replace("Invoice.VERIFIED", event_type)
    )
    assert re.fullmatch(hook["files"], "webhooks.yaml")
    assert run(arguments, tmp_path).code == code
