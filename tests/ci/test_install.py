"""The action's first step: what is installed, from where, and who sees what meanwhile."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.ci.conftest import CANARIES, STARTER, Repository
from tests.ci.runner import ROOT, TOKEN, load

LOCKS = {"action.txt": [], "action-sandbox.txt": ["sandbox"]}
# A python3 that writes down what it was asked, and what it could see; installing is not left to chance.
PYTHON = f"""#!/usr/bin/env bash
{{ echo "asked: $*"; env; }} >>"$(dirname "$0")/record"
case "$*" in
  "-m venv "*) mkdir -p "$3/bin" "$3/packages" && cp "$0" "$3/bin/python" ;;
  *"-m pip "*) ;;
  *sysconfig*) echo "$(dirname "$0")/../packages" ;;
  *) exec {sys.executable} "$@" ;;
esac
"""


@pytest.fixture
def tools(repository: Repository, tmp_path: Path) -> Path:
    """The folder of a `python3` before all others."""
    folder = tmp_path / "tools"
    folder.mkdir()
    (folder / "python3").write_text(PYTHON)
    (folder / "python3").chmod(0o755)
    path = f"{folder}:{repository.runner.variables['PATH']}"
    more = {
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "C4naRy-oidc",
        "PYTHONPATH": ".",
        "PIP_INDEX_URL": "https://i.test",
    }
    repository.runner.variables = {**repository.runner.variables, "PATH": path, **more}
    repository.runner.install = True
    return folder


def test_the_install_step_sees_no_secret(repository: Repository, tools: Path, tmp_path: Path) -> None:
    """Also where the workflow hands the variables on one by one, as the environment of our step."""
    by_env = STARTER.read_text().replace(
        "          env-file: ${{ secrets.WEBHOOKS_ENV }}",
        "        env:\n          DEFACTO_API_KEY: ${{ secrets.DEFACTO_API_KEY }}\n"
        "          CALLBACK_TOKEN: ${{ secrets.CALLBACK_TOKEN }}",
    )
    repository.runner.secrets = CANARIES
    repository.workflow = tmp_path / "webhooks.yml"
    repository.workflow.write_text(by_env)
    repository.want(("a", "Loan.CLOSED"))
    ended = repository.pull_request()
    assert not ended.failed, ended.everything
    assert "1 to create" in repository.comment
    homes = list(repository.runner.temporary.glob("job/defacto-webhooks-*/bin/record"))
    before = (tools / "record").read_text()
    inside, _, running = homes[0].read_text().partition("asked: -I -m defacto_webhooks.ci.github")
    assert CANARIES["DEFACTO_API_KEY"] in running  # the recorder sees what there is
    for seen in (before, inside):
        assert "asked: -" in seen
        assert not [secret for secret in (*CANARIES.values(), TOKEN, "C4naRy-oidc") if secret in seen]
        assert "PYTHONPATH=" not in seen
        assert "PIP_INDEX_URL=https://i.test" in seen


@pytest.mark.usefixtures("tools")
def test_what_is_installed_is_the_lock_and_the_action_itself(repository: Repository) -> None:
    repository.want(("a", "Loan.CLOSED"))
    assert not repository.pull_request(repo="fork/hooks").failed
    [home] = [path for path in repository.runner.temporary.glob("job/defacto-webhooks-*") if path.is_dir()]
    [asked] = re.findall(r"asked: (-m pip .*)", (home / "bin/record").read_text())
    assert "--require-hashes --only-binary :all: --no-deps" in asked
    assert asked.endswith(f"-r {ROOT}/requirements/action.txt")
    assert (home / "packages/defacto_webhooks.pth").read_text() == f"{ROOT}/src\n"


def test_windows_is_refused_in_words(repository: Repository) -> None:
    repository.runner.install = True
    repository.runner.system = "Windows"
    ended = repository.pull_request()
    assert ended.failed == ["Validate"]
    assert "::error title=defacto-webhooks::Windows runners are not supported" in ended.everything


@pytest.mark.parametrize(("name", "extras"), LOCKS.items())
def test_the_lock_is_whole_and_fits_the_package(name: str, extras: list[str]) -> None:
    text = (ROOT / "requirements" / name).read_text()
    locked = {}
    for entry in re.split(r"\n(?=[a-z])", text.partition("\n")[2]):
        if match := re.match(r"([a-z][a-z0-9-]*)==(\S+)", entry):
            assert "--hash=sha256:" in entry, match[1]
            locked[match[1]] = Version(match[2])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"]]
    for extra in extras:
        wanted += project["optional-dependencies"][extra]
    for one in map(Requirement, wanted):
        assert one.specifier.contains(locked[one.name]), f"{one}: run `make lock`"
    assert "://" not in text  # no index but the user's own


def test_the_lock_is_kept_fresh() -> None:
    updates = load(ROOT / ".github/dependabot.yml")["updates"]
    assert "/requirements" in [folder for one in updates for folder in one.get("directories", [])]
