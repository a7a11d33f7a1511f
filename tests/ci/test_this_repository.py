"""The workflow that users copy, the one of this repository and the one in docs/ci.md are the same."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

import defacto_webhooks
from tests.ci.conftest import DRIFT, STARTER, Repository, sha
from tests.ci.runner import ACTION, ROOT, VENV, load
from tests.process import run

OURS = ROOT / ".github/workflows"
ALL = [*sorted(OURS.glob("*.yml")), STARTER, DRIFT]
TAG = f"defacto-webhooks/defacto-webhooks@v{defacto_webhooks.__version__}"


def as_in_this_repository(text: str) -> str:
    """The action is of the same commit here, and there is no account but the local one."""
    return text.replace(f"uses: {TAG}", "uses: $/").replace('ENVIRONMENTS: ""', "ENVIRONMENTS: local")


@pytest.mark.parametrize(("starter", "name"), [(STARTER, "webhooks.yml"), (DRIFT, "drift.yml")])
def test_there_is_one_workflow(starter: Path, name: str) -> None:
    text = starter.read_text()
    assert f"uses: {TAG}" in text
    assert as_in_this_repository(text) == (OURS / name).read_text()


def test_the_documentation_shows_them() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/ci.md").read_text(), re.DOTALL)
    assert STARTER.read_text() in blocks
    assert DRIFT.read_text() in blocks


def test_this_repository_plans_and_applies_its_own_file(repository: Repository) -> None:
    repository.workflow = OURS / "webhooks.yml"
    shutil.copy(ROOT / "webhooks.yaml", repository.runner.workspace)
    planned = repository.pull_request()
    assert list(planned.jobs) == ["Validate", "Plan local"]
    assert not planned.failed
    assert "7 to create" in repository.comment
    applied = repository.merge()
    assert list(applied.jobs) == ["Validate", "Apply local"]
    assert not applied.failed
    assert "7 changes made" in repository.comment
    assert repository.server.log == []


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_every_workflow_is_careful(path: Path) -> None:
    text, document = path.read_text(), load(path)
    assert document["permissions"] == {}
    assert "pull_request_target" not in text
    for uses in re.findall(r"^ +(?:- )?uses: (\S+)", text, re.MULTILINE):
        assert uses in {TAG, "$/"} or re.fullmatch(r"[\w-]+/[\w./-]+@[0-9a-f]{40}", uses), uses
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
            "queue": "max",
        }


@pytest.mark.parametrize("path", [STARTER, DRIFT], ids=lambda path: path.name)
def test_two_workflows_for_two_files_do_not_cancel_each_other(path: Path) -> None:
    for job in load(path)["jobs"].values():
        if job["concurrency"]["cancel-in-progress"] == "true":
            assert "${{ github.workflow_ref }}" in job["concurrency"]["group"]


@pytest.mark.skipif(not (ROOT / "src").exists(), reason="src is away: the wheel is tested")
@pytest.mark.parametrize("tool", ["uv", "python3"])
def test_the_action_installs_itself_on_a_fresh_machine(
    repository: Repository, tmp_path: Path, tool: str
) -> None:
    """With what setup-uv brings, and with what is there anyway."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / tool).symlink_to(VENV / "bin" / tool)
    variables = {**repository.runner.variables, "PATH": f"{tools}:/usr/bin:/bin"}
    repository.runner.variables = {**variables, "UV_PYTHON": sys.executable}
    repository.runner.install = True
    repository.want(("a", "Loan.CLOSED"))
    for ours in ("venv.py", "pip.py"):  # of the repository, and no part of the installation
        (repository.runner.workspace / ours).write_text("raise SystemExit('imported')")
    (repository.runner.workspace / "uv.toml").write_text("required-version = '==0.0.1'")
    ended = repository.pull_request(head=sha(1), repo="fork/hooks")
    assert not ended.failed, ended.everything
    assert "Good: production" in ended.everything
    installed = next(repository.runner.temporary.glob("job/defacto-webhooks-action/lib/*/site-packages"))
    assert (installed / "defacto_webhooks/ci/github").is_dir()
    assert list(installed.glob("uvicorn"))
    assert bool(list(installed.glob("pip"))) is (tool == "python3")


def test_a_version_that_is_none_is_refused(repository: Repository, tmp_path: Path) -> None:
    evil = STARTER.read_text().replace(
        "command: validate", "command: validate\n          version: 1 --index-url=x"
    )
    path = tmp_path / "webhooks.yml"
    path.write_text(evil)
    repository.workflow = path
    ended = repository.pull_request()
    assert ended.failed == ["Validate"]
    assert "the input version looks like 1.2.3" in ended.everything


def test_what_init_writes_is_planned_and_applied(repository: Repository) -> None:
    """A new user: init, two secrets, a pull request, a merge."""
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
