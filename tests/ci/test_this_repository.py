"""The workflow that users copy, the one of this repository and the one in docs/ci.md are the same."""

from __future__ import annotations

import re
import shutil
from itertools import combinations
from pathlib import Path

import pytest

import defacto_webhooks
from defacto_webhooks.plan.guards import LIFTABLE, Guard, codes_to_allow
from tests.ci.conftest import DRIFT, STARTER, Repository
from tests.ci.runner import ACTION, ROOT, load
from tests.process import run

OURS = ROOT / ".github/workflows"
ALL = [*sorted(OURS.glob("*.yml")), STARTER, DRIFT]
TAG = f"defacto-webhooks/defacto-webhooks@v{defacto_webhooks.__version__}"


def as_in_this_repository(text: str) -> str:
    """The action is of the same commit here, and there is no account but the local one."""
    text = text.replace(f"uses: {TAG}", "uses: ./").replace("ENVIRONMENTS: production", "ENVIRONMENTS: local")
    return re.sub(r"(?m)^( +)(command: (?:plan|apply))$", r'\1\2\n\1sandbox: "true"', text)


def test_there_is_one_workflow() -> None:
    text = STARTER.read_text()
    assert f"uses: {TAG}" in text
    assert as_in_this_repository(text) == (OURS / "webhooks.yml").read_text()


def test_the_documentation_shows_them() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/ci.md").read_text(), re.DOTALL)
    assert STARTER.read_text() in blocks
    assert DRIFT.read_text() in blocks


def test_the_workflow_offers_every_guard_that_can_be_lifted() -> None:
    """A job says `gh workflow run … -f allow=…`, and GitHub refuses what is no choice."""
    inputs = load(STARTER)["on"]["workflow_dispatch"]["inputs"]
    guards = [Guard(code, "", f"--allow {code}") for code in LIFTABLE]
    some = [refused for count in range(1, len(guards) + 1) for refused in combinations(guards, count)]
    assert set(inputs["allow"]["options"]) == {"none"} | {
        " ".join(codes_to_allow(refused)) for refused in some
    }
    assert f"({', '.join(LIFTABLE)})" in load(ROOT / "action.yml")["inputs"]["allow"]["description"]


def test_this_repository_plans_and_applies_its_own_file(repository: Repository) -> None:
    repository.workflow = OURS / "webhooks.yml"
    shutil.copy(ROOT / "webhooks.yaml", repository.runner.workspace)
    planned = repository.pull_request()
    assert list(planned.jobs) == ["Validate", "Plan local"]
    assert not planned.failed
    assert "7 to create" in repository.comment
    assert "<!-- steps" not in repository.comment  # anyone could try values of a variable on them
    applied = repository.merge()
    assert list(applied.jobs) == ["Validate", "Apply local"]
    assert not applied.failed
    assert "7 changes made" in repository.result
    assert repository.server.log == []


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_every_workflow_is_careful(path: Path) -> None:
    text, document = path.read_text(), load(path)
    assert document["permissions"] == {}
    assert "pull_request_target" not in text
    for uses in re.findall(r"^ +(?:- )?uses: (\S+)", text, re.MULTILINE):
        assert uses in {TAG, "./"} or re.fullmatch(r"[\w-]+/[\w./-]+@[0-9a-f]{40}", uses), uses
    for name, job in document["jobs"].items():
        assert "permissions" in job, name
        assert "timeout-minutes" in job, name
        assert "concurrency" in job or "concurrency" in document, name
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")
            if "actions/checkout@" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] == "false"
    for step in load(ACTION)["runs"]["steps"]:
        assert "${{" not in step["run"]


def test_an_apply_is_never_cancelled_and_each_waits_its_turn() -> None:
    for path in (STARTER, OURS / "webhooks.yml"):
        assert load(path)["jobs"]["apply"]["concurrency"] == {
            "group": "webhooks-apply-${{ matrix.environment }}",
            "cancel-in-progress": "false",
        }


@pytest.mark.parametrize("path", [STARTER, DRIFT], ids=lambda path: path.name)
def test_two_workflows_for_two_files_do_not_cancel_each_other(path: Path) -> None:
    for job in load(path)["jobs"].values():
        if job["concurrency"]["cancel-in-progress"] == "true":
            assert "${{ github.workflow_ref }}" in job["concurrency"]["group"]


def test_what_init_writes_is_planned_and_applied(repository: Repository) -> None:
    """A new user: init, a secret, a pull request, a merge."""
    workspace = repository.runner.workspace
    (workspace / "webhooks.yaml").unlink()
    assert run(["init", "--callbacks", "https://hooks.example.com"], workspace).code == 0
    written = workspace / "webhooks.yaml"
    written.write_text(written.read_text().replace("https://api.getdefacto.com", repository.server.url))
    repository.workflow = workspace / ".github/workflows/webhooks.yml"
    assert repository.workflow.read_text() == STARTER.read_text()
    planned = repository.pull_request()
    assert "Plan production" in planned.jobs
    assert "Plan production" not in planned.failed
    assert "Apply production" not in repository.merge().failed
    assert repository.server.account
