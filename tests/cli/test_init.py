"""`init`: what it writes works at once, and what was there stays."""

from __future__ import annotations

import re
import subprocess
from importlib import resources
from pathlib import Path

import pytest
import yaml

from tests import terminal
from tests.faulty_server import Call, FaultyServer, On, Status, stored
from tests.process import COMMAND, environment, run

WORKFLOW = ".github/workflows/webhooks.yml"
PACKAGED = (
    resources.files("defacto_webhooks.ci.github").joinpath("starter", "webhooks-workflow.yml").read_text()
)
VARIABLES = {"DEFACTO_API_KEY": "a-made-up-key", "CALLBACK_TOKEN": "s3cr3t-v4lue"}


def written(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and ".git/" not in str(path)
    }


def test_from_nothing_to_a_planned_subscription_in_two_commands(tmp_path: Path) -> None:
    ended = run(["init"], tmp_path)
    assert ended.code == 0
    assert ended.out.splitlines() == [
        "written  webhooks.yaml",
        f"written  {WORKFLOW}",
        "written  .gitignore: .defacto-webhooks/ .env",
    ]
    assert set(written(tmp_path)) == {"webhooks.yaml", WORKFLOW, ".gitignore"}
    shown = run(["plan"], tmp_path)
    assert shown.code == 0
    assert "+ invoices" in shown.out
    assert "1 to create" in shown.out
    assert shown.err == ""


def test_what_it_writes_is_without_findings_in_both_environments_and_applies(tmp_path: Path) -> None:
    assert run(["init", "--callbacks", "https://Hooks.Acme.example/base/"], tmp_path).code == 0
    for more in ([], ["-e", "production"]):
        ended = run(["validate", "--strict", *more], tmp_path, None, **VARIABLES)
        assert ended.code == 0, ended.both
    assert 'CALLBACKS: "https://hooks.acme.example/base"}' in written(tmp_path)["webhooks.yaml"]
    assert run(["apply", "-y"], tmp_path).code == 0
    assert run(["plan", "--detailed-exitcode"], tmp_path).code == 0


def test_the_commands_that_it_names_next_work(tmp_path: Path) -> None:
    """The key of production is needed, and said to be; nothing else is missing."""
    said = run(["init"], tmp_path).err
    commands = re.findall(r"^  defacto-webhooks (.*?)   ", said, re.MULTILINE)
    assert commands == ["plan", "plan -e production"]
    assert run(commands[0].split(), tmp_path).code == 0
    ended = run(commands[1].split(), tmp_path)
    assert ended.code == 1
    missing = set(re.findall(r"the variable (\w+) is not set", ended.err))
    assert missing == {name for name in VARIABLES if name in said}
    assert len(missing) == 2


def test_the_workflow_is_for_the_account_of_the_file(tmp_path: Path) -> None:
    run(["init"], tmp_path)
    files = written(tmp_path)
    assert files[WORKFLOW] == PACKAGED
    [environment] = re.findall(r"^  ENVIRONMENTS: (\w+) #", PACKAGED, re.MULTILINE)
    assert environment in yaml.safe_load(files["webhooks.yaml"])["environments"]


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "webhooks.yaml").write_text("mine")
    (tmp_path / ".github").mkdir()
    (tmp_path / ".gitignore").write_bytes(b"/.env\r\n*.log")
    ended = run(["init"], tmp_path)
    assert ended.code == 0
    assert "kept     webhooks.yaml, which already exists" in ended.out
    assert "Next" not in ended.err
    assert written(tmp_path)["webhooks.yaml"] == "mine"
    assert (tmp_path / ".gitignore").read_bytes() == b"/.env\r\n*.log\r\n.defacto-webhooks/\r\n"
    before = written(tmp_path)
    assert run(["init"], tmp_path).code == 0
    assert written(tmp_path) == before


@pytest.mark.parametrize(
    "there",
    [".env/\n", "  .env\n", ".env\t\n", ".env\n!.env\n", ".env\n!*\n", "#.env\n", ".env  \r\n", "/.env"],
)
def test_git_takes_no_secret_whatever_stands_in_gitignore(tmp_path: Path, there: str) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    (tmp_path / ".gitignore").write_text(there, newline="")
    for _ in range(2):
        assert run(["init"], tmp_path).code == 0
    for path in (".env", ".defacto-webhooks/local.db"):
        assert subprocess.run(["git", "check-ignore", "--quiet", path], cwd=tmp_path).returncode == 0
    lines = (tmp_path / ".gitignore").read_text().split("\n")
    assert lines.count(".defacto-webhooks/") == 1


def test_a_link_to_nowhere_is_something_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "webhooks.yaml").symlink_to("gone.yaml")
    assert "kept     webhooks.yaml" in run(["init", "--workflow", "none"], tmp_path).out
    assert not (tmp_path / "gone.yaml").exists()


def test_where_it_can_not_write(tmp_path: Path) -> None:
    (tmp_path / ".github").write_text("a file")
    ended = run(["init"], tmp_path)
    assert ended.code == 1
    assert f"{WORKFLOW} was not written" in ended.err


def test_in_a_folder_of_a_repository_there_is_no_use_for_a_workflow(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "inside").mkdir()
    ended = run(["init"], tmp_path / "inside")
    assert ended.code == 0
    assert "No workflow" in ended.err
    assert set(written(tmp_path / "inside")) == {"webhooks.yaml", ".gitignore"}
    run(["init"], tmp_path)
    assert WORKFLOW in written(tmp_path)


def test_in_a_folder_an_account_is_adopted_without_a_word_on_a_workflow(
    server: FaultyServer, tmp_path: Path
) -> None:
    server.reset([stored("1", "a", "https://hooks.acme.example/in?token=s3cr3t", "Loan.CLOSED")])
    (tmp_path / ".git").mkdir()
    (tmp_path / "inside").mkdir()
    ended = run(["init", "--from-account"], tmp_path / "inside", server)
    assert ended.code == 0, ended.both
    assert "WEBHOOKS_ENV" not in ended.both
    assert "No workflow was written: GitHub looks for it in" in ended.err
    assert not (tmp_path / ".github").exists()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://hooks.acme.example", "https://"),
        ("https://10.0.0.1", "can't reach 10.0.0.1"),
        ("intranet", "can't reach intranet"),
        ("https://hooks.acme.example/?token=s3cr3t", "a plain path"),
        ("https://s3cr3t@hooks.acme.example", "a plain path"),
        ("https://hooks.acme.example/${X}", "a plain path"),
        ('https://hooks.acme.example/"', "quote"),
        ("https://", "no host"),
    ],
)
def test_a_url_that_can_not_be_is_refused_before_anything_is_written(
    tmp_path: Path, url: str, words: str
) -> None:
    ended = run(["init", "--callbacks", url], tmp_path)
    assert ended.code == 1
    assert words in ended.err
    assert "s3cr3t" not in ended.both
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("typed", "url", "workflow"),
    [
        (b"\n\n", "https://hooks.example.com", True),
        (b"hooks.acme.example\nn\n", "https://hooks.acme.example", False),
        (b"http://x.example\nhttps://b.example\ny\n", "https://b.example", True),
    ],
)
def test_two_questions_on_a_terminal(tmp_path: Path, typed: bytes, url: str, workflow: bool) -> None:
    code, shown = terminal.answer(
        [COMMAND, "init"], tmp_path, environment(), typed, "Where will your callbacks be?"
    )
    assert code == 0, shown
    files = written(tmp_path)
    assert f'"{url}"' in files["webhooks.yaml"]
    assert (WORKFLOW in files) is workflow
    assert run(["validate", "--strict"], tmp_path).code == 0


def test_no_question_with_an_option_and_nothing_after_ctrl_c(tmp_path: Path) -> None:
    code, shown = terminal.answer(
        [COMMAND, "init", "--workflow", "none"], tmp_path, environment(), b"", "plan -e production"
    )
    assert (code, "?" in shown) == (0, False), shown
    (tmp_path / "again").mkdir()
    code, shown = terminal.answer(
        [COMMAND, "init"], tmp_path / "again", environment(), b"\x03", "callbacks be?"
    )
    assert code == 130, shown
    assert not list((tmp_path / "again").iterdir())


def test_an_account_in_two_commands(server: FaultyServer, tmp_path: Path) -> None:
    """What the file needs is in .env, which git ignores, and the workflow is told of it."""
    url = "https://hooks.acme.example/in?token=s3cr3t"
    server.reset([stored("1", "a", url, "Loan.CLOSED"), stored("2", "b", f"{url}-2", "Loan.CLOSED")])
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    ended = run(["init", "--from-account", "--api-url", server.url], tmp_path, DEFACTO_API_KEY=server.key)
    assert ended.code == 0, ended.both
    assert ended.out.splitlines() == [
        "written  .gitignore: .defacto-webhooks/ .env",
        "written  .env",
        "written  webhooks.yaml",
        f"written  {WORKFLOW}",
    ]
    assert "Next: defacto-webhooks plan --env-file .env" in ended.err
    status = subprocess.run(
        ["git", "status", "--short"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert ".env" not in status.stdout
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    plan = run(["plan", "--env-file", ".env", "--detailed-exitcode"], tmp_path)
    assert plan.code == 0, plan.both
    files = written(tmp_path)
    assert "s3cr3t" not in files["webhooks.yaml"] + files[WORKFLOW] + ended.both + plan.both
    [environment] = yaml.safe_load(files["webhooks.yaml"])["environments"]
    assert yaml.safe_load(files[WORKFLOW])["env"] == {"ENVIRONMENTS": environment}
    said = " ".join(ended.err.split())
    assert (
        f"as the secret WEBHOOKS_ENV, in the GitHub environments {environment}-plan and {environment}."
        in said
    )


def test_an_account_is_exported_into_no_file_that_is_there(server: FaultyServer, tmp_path: Path) -> None:
    server.reset([stored("1", "a", "https://hooks.acme.example/in?token=s3cr3t", "Loan.CLOSED")])
    (tmp_path / ".env").write_text("MINE=1\n")
    ended = run(["init", "--from-account", "--workflow", "none"], tmp_path, server)
    assert ended.code == 0
    assert "kept     .env, which already exists" in ended.out
    assert "HOOKS_ACME_EXAMPLE_TOKEN  token of hooks.acme.example/in" in ended.err
    assert written(tmp_path)[".env"] == "MINE=1\n"
    before = written(tmp_path)
    again = run(["init", "--from-account"], tmp_path, server)
    assert again.code == 1
    assert "webhooks.yaml already exists" in again.err
    assert written(tmp_path) == before


def test_an_account_that_can_not_be_read_leaves_the_folder_as_it_is(
    server: FaultyServer, tmp_path: Path
) -> None:
    server.reset([], faults=[On(Call.LIST, 1, Status(401), 9)])
    for arguments, words in (
        (["--from-account"], "401"),
        (["--from-account", "--callbacks", "https://hooks.acme.example"], "--callbacks"),
        (["--api-url", server.url], "--from-account"),
    ):
        ended = run(["init", *arguments], tmp_path, server)
        assert ended.code == 1
        assert words in ended.err
    nowhere = run(["init", "--from-account"], tmp_path)
    assert nowhere.code == 1
    assert "pass --api-url, set DEFACTO_API_URL" in nowhere.err
    assert not list(tmp_path.iterdir())
