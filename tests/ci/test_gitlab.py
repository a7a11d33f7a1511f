"""The pipeline in docs/gitlab.md: GitLab takes it, and its scripts do what the page says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import defacto_webhooks
from tests.ci.runner import ROOT
from tests.faulty_server import FaultyServer
from tests.forking import folder_for_path
from tests.process import environment, installed

[TEXT] = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/gitlab.md").read_text(encoding="utf-8"), re.DOTALL)
PIPELINE: dict[str, Any] = yaml.safe_load(TEXT)
FILE = """
version: 1
environments: {production: {api_url: "%s", api_key: "${DEFACTO_API_KEY}"}}
webhooks:
- {name: a, to_url: "https://h.example.com/?token=${CALLBACK_TOKEN}", event_types: [Loan.CLOSED]}
"""
BRANCH = {"CI_COMMIT_BRANCH": "main", "CI_PIPELINE_SOURCE": "push"}
SCHEDULE = {"CI_COMMIT_BRANCH": "main", "CI_PIPELINE_SOURCE": "schedule"}
REQUEST = {"CI_PIPELINE_SOURCE": "merge_request_event"}


def holds(condition: str, variables: dict[str, str]) -> bool:
    """The part of GitLab's expressions that the page uses."""
    known = {"CI_DEFAULT_BRANCH": "main", **variables}

    def value(text: str) -> str | None:
        return known.get(text[1:]) if text.startswith("$") else text.strip('"')

    for term in condition.split(" && "):
        left, operator, right = term.split(" ")
        if (value(left) == value(right)) is (operator == "!="):
            return False
    return True


def jobs(variables: dict[str, str]) -> list[str]:
    """The jobs of a pipeline, in the order of their stages."""
    chosen = [
        name
        for name, job in PIPELINE.items()
        if "script" in job and any(holds(rule["if"], variables) for rule in job["rules"])
    ]
    return sorted(chosen, key=lambda name: PIPELINE["stages"].index(PIPELINE[name]["stage"]))


def play(job: str, folder: Path, server: FaultyServer) -> int:
    """The exit code of the job's script, its first failing line being its last."""
    variables = environment(server, CALLBACK_TOKEN="t0ken-of-the-callback", **PIPELINE["variables"])
    variables["PATH"] = f"{folder_for_path()}:{variables['PATH']}"
    script = "\n".join(PIPELINE[job]["script"])
    done = installed(["bash", "-e", "-c", script], folder, variables).ended()
    assert "t0ken" not in done.both
    return done.code


def test_gitlab_takes_it(tmp_path: Path) -> None:
    (tmp_path / ".gitlab-ci.yml").write_text(TEXT)
    checker = Path(sys.executable).with_name("check-jsonschema")
    command = [str(checker), "--builtin-schema", "vendor.gitlab-ci", str(tmp_path / ".gitlab-ci.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_image_is_that_of_this_version() -> None:
    assert PIPELINE["default"]["image"]["name"].endswith(f":{defacto_webhooks.__version__}")


@pytest.mark.parametrize(
    ("variables", "names"),
    [(REQUEST, ["validate"]), (BRANCH, ["validate", "plan", "apply"]), (SCHEDULE, ["validate", "drift"])],
    ids=["merge request", "branch", "schedule"],
)
def test_what_runs_when(variables: dict[str, str], names: list[str]) -> None:
    assert jobs(variables) == names
    assert PIPELINE["apply"]["rules"][0]["when"] == "manual"


def test_a_merge_is_planned_and_applied_and_drift_is_seen(server: FaultyServer, tmp_path: Path) -> None:
    server.reset([])
    (tmp_path / "webhooks.yaml").write_text(FILE % server.url)
    assert [play(job, tmp_path, server) for job in jobs(REQUEST)] == [0]
    assert not server.account
    assert [play(job, tmp_path, server) for job in jobs(BRANCH)] == [0, 0, 0]
    assert [one.name for one in server.account] == ["a"]
    for artifact in PIPELINE["plan"]["artifacts"]["paths"]:
        assert "t0ken" not in (tmp_path / artifact).read_text()
    assert play("drift", tmp_path, server) == 0
    server.reset([])
    assert play("drift", tmp_path, server) == 2
    assert play("apply", tmp_path, server) == 0  # the plan is still what is to be done
