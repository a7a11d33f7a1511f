"""A GitHub runner, as far as our workflows need one: jobs, matrices, conditions, steps, files, the log.

Each `run:` is a real `bash -e -o pipefail`; our own program is forked (tests/forking.py), but for the tests
of its installation. An action of others is not run, except that a checkout is what the test put into the
workspace. Concurrency is for the schema checks; jobs run one after the other.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.ci.expressions import condition, fill, string
from tests.forking import Forked

ROOT = Path(__file__).parent.parent.parent
ACTION = ROOT / "action.yml"
OURS = re.compile(r"\./|defacto-webhooks/defacto-webhooks@v[0-9.]+")
OUR_PROGRAM = 'exec "$PYTHON" -I -m defacto_webhooks.ci.github'
VENV = Path(sys.executable).parent.parent
TOKEN = "C4naRy-gh-t0ken"


def load(path: Path) -> Any:
    """A workflow or action as written: `on` is no boolean, and every scalar is a string."""
    return _loaded(path.read_text())


@cache
def _loaded(text: str) -> Any:
    return yaml.load(text, yaml.BaseLoader)  # noqa: S506  it makes nothing but strings


@cache
def _home(lock: str) -> str:
    """The folder that the first step of the action makes for this lock, as it names it."""
    path = f"{ROOT}/requirements/{lock}"
    summed = subprocess.run(["cksum"], input=path, capture_output=True, check=True, encoding="utf-8")
    return f"defacto-webhooks-{summed.stdout.split()[0]}"


@dataclass
class JobEnded:
    """One job, or one cell of its matrix."""

    name: str
    log: str = ""
    summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict)  # of the last step that was ours
    failed: bool = False
    code: int = 0  # of the last step


@dataclass
class Ended:
    """The jobs that ran, by name; those whose condition was false are not among them."""

    jobs: dict[str, JobEnded]

    @property
    def failed(self) -> list[str]:
        return [name for name, job in self.jobs.items() if job.failed]

    @property
    def log(self) -> str:
        """What the runner reads commands in."""
        return "".join(job.log for job in self.jobs.values())

    @property
    def everything(self) -> str:
        return "".join(job.log + job.summary + "".join(job.outputs.values()) for job in self.jobs.values())


@dataclass
class Runner:
    """`workspace` is the checkout. `variables` are the machine's, `secrets` the repository's."""

    workspace: Path
    temporary: Path
    variables: Mapping[str, str]
    api_url: str  # GitHub's
    secrets: Mapping[str, str]
    grant: Any  # called with the permissions of each job
    install: bool = False  # really; else the installed command of the tests is what the action finds
    system: str = "Linux"
    page: Path | None = None  # where the steps write the summary, if it is not an ordinary file
    at_work: subprocess.Popen[bytes] | Forked | None = None  # the newest step
    logs: list[str] = field(default_factory=list)  # of all runs, with summaries and outputs

    def run(
        self,
        workflow: Path,
        event: str,
        payload: Mapping[str, Any],
        *,
        ref: str,
        sha: str,
        file: str = "webhooks.yml",
        secrets: bool = True,
        attempt: int = 1,
    ) -> Ended:
        """The whole workflow for one event. Without `secrets`, as for a fork, the token only reads."""
        document = load(workflow)
        assert event in document["on"]
        assert document["permissions"] == {}
        repository = payload["repository"]["full_name"]
        github = {
            "event": payload,
            "event_name": event,
            "ref": ref,
            "sha": sha,
            "repository": repository,
            "run_id": "77",
            "token": TOKEN,
        }
        context: dict[str, Any] = {
            "github": github,
            "inputs": payload.get("inputs", {}),
            "secrets": self.secrets if secrets else {},
            "needs": {},
            "env": dict(document.get("env", {})),
        }
        self._standard = {
            **self.variables,
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(self._event_file(payload)),
            "GITHUB_REF": ref,
            "GITHUB_SHA": sha,
            "GITHUB_REPOSITORY": repository,
            "GITHUB_RUN_ID": "77",
            "GITHUB_RUN_ATTEMPT": str(attempt),
            "GITHUB_API_URL": self.api_url,
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_WORKFLOW_REF": f"{repository}/.github/workflows/{file}@{ref}",
            "GITHUB_WORKSPACE": str(self.workspace),
        }
        ended: dict[str, JobEnded] = {}
        for id_, job in document["jobs"].items():
            needs = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])
            if any(need not in context["needs"] for need in needs):
                continue
            if "if" in job and not condition(job["if"], context):
                continue
            cells = self._cells(job, context)
            for cell in cells:
                here = {**context, "matrix": cell}
                name = fill(job.get("name", id_), here)
                assert re.fullmatch(r"[\w -]+", name), name
                for key in ("environment", "concurrency"):
                    string(fill(job.get(key, ""), here))
                permissions = job["permissions"]
                self.grant(permissions if secrets else dict.fromkeys(permissions, "read"))
                ended[name] = self._job(name, job, here)
            if not any(one.failed for one in ended.values()):
                outputs = {key: fill(value, self._last) for key, value in job.get("outputs", {}).items()}
                context["needs"] = {**context["needs"], id_: {"outputs": outputs, "result": "success"}}
        done = Ended(ended)
        self.logs.append(done.everything)
        return done

    def _cells(self, job: Mapping[str, Any], context: Mapping[str, Any]) -> list[dict[str, str]]:
        matrix = job.get("strategy", {}).get("matrix", {})
        cells: list[dict[str, str]] = [{}]
        for key, values in matrix.items():
            cells = [{**cell, key: value} for cell in cells for value in fill(values, context)]
        return cells

    def _event_file(self, payload: Mapping[str, Any]) -> Path:
        import json

        path = self.temporary / "event.json"
        path.write_text(json.dumps(payload))
        return path

    def _job(self, name: str, job: Mapping[str, Any], context: Mapping[str, Any]) -> JobEnded:
        folder = self.temporary / "job"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        if not self.install:
            self._installed(folder)
        ended = JobEnded(name)
        here = {**context, "steps": {}}
        for step in job["steps"]:
            if "if" in step and not condition(step["if"], here):
                continue
            environment = {
                k: string(fill(v, here)) for k, v in {**here["env"], **step.get("env", {})}.items()
            }
            if "run" in step:
                outputs = self._script(step, environment, folder, ended)
            elif OURS.fullmatch(step["uses"]):
                outputs = self._action(step, environment, here, folder, ended)
                ended.outputs = outputs
            else:
                assert re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40}", step["uses"]), step["uses"]
                assert step["uses"].startswith("actions/checkout@")
                assert step["with"]["persist-credentials"] == "false"
                continue
            here["steps"] = {**here["steps"], step.get("id", ""): {"outputs": outputs}}
            if ended.failed:
                break
        self._last = here
        return ended

    def _installed(self, folder: Path) -> None:
        """As the first step leaves it, with the libraries of the tests."""
        for home in map(_home, ("action.txt", "action-sandbox.txt")):
            (folder / home).symlink_to(VENV)
            (folder / f"{home}.ready").touch()

    def _action(
        self,
        step: Mapping[str, Any],
        environment: Mapping[str, str],
        context: Mapping[str, Any],
        folder: Path,
        ended: JobEnded,
    ) -> dict[str, str]:
        """A composite action: its steps see its inputs and nothing of the workflow's contexts."""
        action = load(ACTION)
        given = {key: string(fill(value, context)) for key, value in step.get("with", {}).items()}
        assert set(given) <= set(action["inputs"])
        inner: dict[str, Any] = {"github": context["github"], "steps": {}, "inputs": {}}
        for key, told in action["inputs"].items():
            assert key in given or told.get("required") != "true", key
            inner["inputs"][key] = given.get(key, string(fill(told.get("default", ""), inner)))
        for part in action["runs"]["steps"]:
            assert part["shell"] == "bash"
            assert "${{" not in part["run"]
            variables = {key: string(fill(value, inner)) for key, value in part.get("env", {}).items()}
            outputs = self._script(part, {**environment, **variables}, folder, ended)
            inner["steps"] = {**inner["steps"], part["id"]: {"outputs": outputs}}
            if ended.failed:
                break
        return {key: string(fill(told["value"], inner)) for key, told in action["outputs"].items()}

    def _script(
        self, step: Mapping[str, Any], environment: Mapping[str, str], folder: Path, ended: JobEnded
    ) -> dict[str, str]:
        files = {name: folder / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV")}
        for path in files.values():
            path.write_text("")
        page = (
            {"GITHUB_STEP_SUMMARY": str(self.page)}
            if self.page and environment.get("INPUT_COMMAND") == "apply"
            else {}
        )
        variables = {
            **self._standard,
            **environment,
            **{name: str(path) for name, path in files.items()},
            **page,
            "RUNNER_OS": self.system,
            "RUNNER_TEMP": str(folder),
            "GITHUB_ACTION_PATH": str(ROOT),
        }
        with (folder / "log").open("w+") as log:
            self.at_work = self._started(step["run"], variables, folder, log.fileno())
            ended.code = self.at_work.wait(200)
            log.seek(0)
            text = log.read()
        ended.log += text
        ended.summary += files["GITHUB_STEP_SUMMARY"].read_text()
        ended.failed = ended.code != 0
        return outputs(files["GITHUB_OUTPUT"].read_text(), commands(text))

    def _started(
        self, script: str, variables: Mapping[str, str], folder: Path, log: int
    ) -> subprocess.Popen[bytes] | Forked:
        if script == OUR_PROGRAM and not self.install:
            with Path(os.devnull).open() as nothing:
                streams = (nothing.fileno(), log, log)
                return Forked("defacto_webhooks.ci.github", [], self.workspace, variables, streams, haste=10)
        path = folder / "step.sh"
        path.write_text(script)
        return subprocess.Popen(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(path)],
            cwd=self.workspace,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


def outputs(text: str, said: list[tuple[str, str]]) -> dict[str, str]:
    """What a step set, by file; nothing may have set one by a line in the log."""
    assert not [command for command, _ in said if command in {"set-output", "add-mask", "save-state"}]
    values: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, _, end = line.partition("<<")
        if not end:
            name, _, values_ = line.partition("=")
            values[name] = values_
            continue
        value: list[str] = []
        for part in lines:
            if part == end:
                break
            value.append(part)
        values[name] = "\n".join(value)
    return values


def commands(log: str) -> list[tuple[str, str]]:
    """What the runner takes for commands: (name, the rest), both syntaxes."""
    found = []
    for line in re.split(r"\r\n|\r|\n", log):
        new = re.match(r"\s*::([a-z-]+)(.*)", line)
        old = re.search(r"##\[([a-z-]+)(.*)", line)
        match = new or old
        if match:
            found.append((match[1], match[2]))
    return found


def machine() -> dict[str, str]:
    """The variables of a fresh machine."""
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "LANG": "C.UTF-8"}
