"""What an account, a server or a file may hold breaks neither the Markdown nor the shell nor the log."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from defacto_webhooks.ci.github.runner import Runner
from tests.ci.conftest import CANARIES, Repository
from tests.ci.runner import commands, outputs
from tests.faulty_server import Call, On, Status, stored

ODD = (
    "x ``` ` | a\n::error::pwn\r::add-mask::pwn\n##[set-output name=fingerprint]pwn ${{ secrets.X }} "
    "$(touch pwned) <!-- --> --> <script>pwn</script> @everyone #1 ](http://evil.example)\nEOF\nchanges=pwn"
)
URL = f"https://hooks.example.com/`|$(touch pwned)/<!--/@everyone?token={CANARIES['CALLBACK_TOKEN']}"
OURS = {"group", "endgroup", "warning", "error"}


def html(markdown: str) -> str:
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown))


def check(repository: Repository, log: str) -> None:
    """Nothing came out of its place."""
    for name, rest in commands(log):
        assert name in OURS, (name, rest)
        assert not rest.startswith("::pwn")
    assert not list(repository.runner.workspace.glob("**/pwned"))
    for text in [c["body"] for comments in repository.api.comments.values() for c in comments] + [
        issue["body"] for issue in repository.api.issues
    ]:
        shown = html(text)
        assert "<script" not in shown
        assert 'href="http://evil.example' not in shown
        assert "@everyone" not in re.sub("<code>.*?</code>", "", shown)  # in code, GitHub sees no mention
        comments = re.findall("<!--(.*?)-->", shown, re.DOTALL)
        assert all(re.fullmatch(r" (defacto-webhooks:[^<>]*|steps [A-Za-z0-9+/= ]*) ", c) for c in comments)
        rows = [line for line in text.splitlines() if line.startswith("| <code>")]
        assert {row.count("|") for row in rows} <= {6, 5}


def test_names_and_urls_of_the_account(repository: Repository) -> None:
    repository.account(
        stored("1", ODD, URL, "Loan.CLOSED"), stored("2", "a", URL, "::error::pwn.X", "##[error]x.Y")
    )
    repository.want(("a", "Loan.CLOSED"))
    planned = repository.pull_request()
    assert not planned.failed
    merged = repository.merge()
    assert not merged.failed
    drifted = repository.schedule()
    assert not drifted.failed
    check(repository, planned.log + merged.log + drifted.log)
    job = planned.jobs["Plan production"]
    assert re.fullmatch("[0-9a-f]{32}", job.outputs["fingerprint"])
    assert job.outputs["changes"] == "true"


def test_an_issue_about_an_odd_account(repository: Repository) -> None:
    repository.account(stored("1", ODD, URL, "Loan.CLOSED", "::error::pwn.X"))
    ended = repository.schedule()
    assert not ended.failed
    check(repository, ended.log)
    assert "1 to delete" in repository.api.issues[0]["body"]


@pytest.mark.parametrize("status", [422])
def test_what_the_server_says(repository: Repository, status: int) -> None:
    refusal = Status(status, field=ODD, echo=True)
    repository.account(faults=(On(Call.CREATE, 1, refusal, times=9),))
    repository.want(("a", "Loan.CLOSED"))
    repository.pull_request()
    ended = repository.merge()
    assert ended.failed == ["Apply production"]
    check(repository, ended.log)
    repository.account(faults=(On(Call.LIST, 1, refusal, times=9),))
    ended = repository.pull_request()
    assert ended.failed == ["Plan production"]
    check(repository, ended.log)


def test_names_in_the_file(repository: Repository) -> None:
    repository.write(
        json.dumps(
            {
                "version": 1,
                "environments": {
                    "production": {"api_url": repository.server.url, "api_key": "${DEFACTO_API_KEY}"}
                },
                "webhooks": [
                    {
                        "name": " ".join(ODD.split()),
                        "to_url": "https://h.example.com/",
                        "event_types": ["Loan.CLOSED"],
                    },
                    {
                        "name": "::error::pwn",
                        "to_url": "https://h.example.com/",
                        "event_types": ["Loan.CLOSED"],
                    },
                ],
            }
        )
    )
    planned = repository.pull_request()  # with a warning about the overlap, which names both
    assert not planned.failed
    merged = repository.merge()
    assert not merged.failed
    check(repository, planned.log + merged.log)
    annotations = [rest for name, rest in commands(planned.log) if name == "warning"]
    assert all(rest.startswith(" file=webhooks.yaml,line=") for rest in annotations)


def test_an_odd_environment(repository: Repository, tmp_path: Path) -> None:
    """Its name becomes part of the marker, of the command that is offered, and of file names."""
    odd = "a'b --> $(touch pwned) `x`"
    text = repository.workflow.read_text()
    for job in ("Plan", "Apply"):  # GitHub shows such a name; the runner of these tests wants plain ones
        text = text.replace(f"name: {job} ${{{{ matrix.environment }}}}", f"name: {job}")
    text = text.replace("ENVIRONMENTS: production", f"ENVIRONMENTS: {json.dumps(odd)}")
    repository.workflow = tmp_path / "webhooks.yml"
    repository.workflow.write_text(text)
    repository.write(
        json.dumps(
            {
                "version": 1,
                "environments": {odd: {"api_url": repository.server.url, "api_key": "${DEFACTO_API_KEY}"}},
                "webhooks": [],
            }
        )
    )
    repository.account(stored("1", "a", URL, "Loan.CLOSED"))
    planned = repository.pull_request()
    assert not planned.failed, planned.everything
    merged = repository.merge()
    assert merged.failed == ["Apply"]
    check(repository, planned.log + merged.log)
    assert len(repository.api.own_comments(7)) == 2


def test_an_output_is_one_output(tmp_path: Path) -> None:
    Runner({"GITHUB_OUTPUT": str(tmp_path / "output")}).output(
        "environments", "a\nEOF\nchanges=pwn\nnext<<x\n"
    )
    read = outputs((tmp_path / "output").read_text(), [])
    assert read == {"environments": "a\nEOF\nchanges=pwn\nnext<<x\n"}
