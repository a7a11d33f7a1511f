"""The files that commands write: who may read them, what a killed command leaves, and links."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from defacto_webhooks.cli.files import write_new, write_whole
from defacto_webhooks.errors import UserError
from tests.faulty_server import FaultyServer, stored
from tests.process import run, shell

ROWS = [stored("1", "a", "https://h.example/x?token=s3cr3t-of-the-callback", "Loan.CLOSED")]
FILE = """\
version: 1
environments: {local: {api_url: embedded}}
webhooks: [{name: a, to_url: 'https://hooks.example.com/x', event_types: ['Loan.*']}]
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o022, 0o077, 0o002, 0o027], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_a_new_file_is_as_the_umask_says_and_one_with_secrets_is_private(tmp_path: Path, umask: int) -> None:
    write_new(tmp_path / "new", "x")
    write_whole(tmp_path / "whole", "x")
    write_new(tmp_path / "private", "x", private=True)
    assert mode(tmp_path / "new") == mode(tmp_path / "whole") == 0o666 & ~umask
    assert mode(tmp_path / "private") == 0o600


@pytest.mark.parametrize("there", [0o600, 0o640, 0o644, 0o400, 0o755])
def test_a_file_that_is_written_anew_is_no_more_open_than_before(
    tmp_path: Path, umask: int, there: int
) -> None:
    path = tmp_path / "saved.plan"
    path.write_text("old")
    path.chmod(there)
    write_whole(path, "new")
    assert (path.read_text(), mode(path)) == ("new", there)
    assert umask >= 0
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give a file away")
def test_nor_to_another_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "saved.plan"
    path.write_text("old")
    os.chown(path, -1, 12345)
    path.chmod(0o640)
    write_whole(path, "new")
    assert (path.stat().st_gid, mode(path)) == (12345, 0o640)

    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "fchown", refused)
    write_whole(path, "newer")
    assert mode(path) == 0o600


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give a file away")
def test_nor_to_another_owner(tmp_path: Path) -> None:
    path = tmp_path / "saved.plan"
    path.write_text("old")
    path.chmod(0o600)
    os.chown(path, 12345, 12345)
    write_whole(path, "new")
    assert (path.stat().st_uid, path.stat().st_gid, mode(path)) == (12345, 12345, 0o600)


@pytest.mark.skipif(os.name == "nt", reason="there, a file that is open stays where it is")
@pytest.mark.parametrize("private", [True, False])
def test_who_put_an_empty_file_there_reads_nothing(tmp_path: Path, private: bool) -> None:
    """It may be theirs, or open already."""
    path = tmp_path / ".env"
    path.touch()
    path.chmod(0o604)
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if is_root:
        os.chown(path, 12345, 12345)
    with path.open() as theirs:
        write_new(path, "s3cr3t", private=private)
        assert theirs.read() == ""
    assert path.read_text() == "s3cr3t"
    assert mode(path) == (0o600 if private else 0o604)
    assert path.stat().st_uid == tmp_path.stat().st_uid


def test_a_plan_file_as_the_command_writes_it(tmp_path: Path) -> None:
    (tmp_path / "webhooks.yaml").write_text(FILE)
    (tmp_path / "old.plan").write_text("old")
    (tmp_path / "old.plan").chmod(0o600)
    script = 'umask 027; "$0" plan --out old.plan && "$0" plan --out new.plan && "$0" export -o new.yaml'
    assert shell(script, tmp_path).code == 0
    assert mode(tmp_path / "old.plan") == 0o600
    assert mode(tmp_path / "new.plan") == mode(tmp_path / "new.yaml") == 0o640


@pytest.mark.parametrize("private", [False, True])
def test_while_a_new_file_is_written_no_other_has_its_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, private: bool
) -> None:
    """A command that is killed leaves nothing that .gitignore does not match."""

    class Killed(BaseException):
        pass

    def killed(_: int) -> None:
        raise Killed

    monkeypatch.setattr(os, "fsync", killed)
    with pytest.raises(Killed):
        write_new(tmp_path / ".env", "TOKEN=s3cr3t", private=private)
    assert [path.name for path in tmp_path.iterdir()] == [".env"]


def test_an_empty_file_is_nothing_that_could_be_lost(server: FaultyServer, tmp_path: Path) -> None:
    """It is what a command leaves that is killed before it wrote a word."""
    server.reset(ROWS)
    for name in (".env", "new.yaml"):
        (tmp_path / name).touch(0o644)
    ended = run(["export", "-o", "new.yaml", "--write-env", ".env"], tmp_path, server)
    assert ended.code == 0, ended.err
    assert "s3cr3t" in (tmp_path / ".env").read_text()
    assert mode(tmp_path / ".env") == 0o600


def test_nor_is_it_for_init(server: FaultyServer, tmp_path: Path) -> None:
    server.reset(ROWS)
    (tmp_path / ".env").touch(0o644)
    ended = run(["init", "--from-account"], tmp_path, server)
    assert ended.code == 0, ended.err
    assert "s3cr3t" in (tmp_path / ".env").read_text()
    assert mode(tmp_path / ".env") == 0o600


@pytest.mark.parametrize("name", [".gitignore", ".env", "webhooks.yaml"])
@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("command", [["init", "--from-account"], ["init"]], ids=" ".join)
def test_init_writes_through_no_link(
    server: FaultyServer, tmp_path: Path, name: str, there: bool, command: list[str]
) -> None:
    server.reset(ROWS)
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "folder"
    folder.mkdir()
    if there:
        elsewhere.write_text("")
    (folder / name).symlink_to(elsewhere)
    ended = run(command, folder, server)
    assert not elsewhere.exists() or elsewhere.read_text() == ""
    if name == ".gitignore":
        assert ended.code == 1
        assert ".gitignore is a link" in ended.err
        assert not (folder / ".env").exists()


@pytest.mark.parametrize("name", [".github", ".github/workflows"])
def test_nor_into_a_folder_that_is_a_link(tmp_path: Path, name: str) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "folder"
    elsewhere.mkdir()
    (folder / name).parent.mkdir(parents=True)
    (folder / name).symlink_to(elsewhere)
    ended = run(["init"], folder, None)
    assert ended.code == 1
    assert f"Error: {name} is a link, and is not written through" in ended.err
    assert list(elsewhere.iterdir()) == []
    (tmp_path / "linked").symlink_to(tmp_path / "new")  # where the command runs is up to its user
    (tmp_path / "new").mkdir()
    assert run(["init"], tmp_path / "linked", None).code == 0


def test_a_gitignore_that_is_a_link_and_has_the_lines_is_fine(server: FaultyServer, tmp_path: Path) -> None:
    server.reset(ROWS)
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "shared").write_text(".env\n.defacto-webhooks/\n")
    (folder / ".gitignore").symlink_to(tmp_path / "shared")
    assert run(["init", "--from-account"], folder, server).code == 0
    assert (folder / ".env").exists()


@pytest.mark.parametrize("option", ["-o", "--write-env"])
def test_a_pipe_that_nobody_reads_a_full_disk_and_a_folder(
    server: FaultyServer, tmp_path: Path, option: str
) -> None:
    server.reset(ROWS)
    os.mkfifo(tmp_path / "pipe")
    for target, why in (
        ("pipe", "nothing is reading from this pipe"),
        ("/dev/full", "no space left on device"),
        (".", "is a directory"),
        ("/proc/new", "no such file or directory"),
    ):
        ended = run(["export", option, target], tmp_path, server)
        assert ended.code == 1, ended.both
        assert f"{target} was not written: {why}" in " ".join(ended.err.split())
    ended = shell(f'ulimit -f 0; PYTHONDONTWRITEBYTECODE=1 "$0" export {option} new', tmp_path, server)
    assert ended.code == 1
    assert "new was not written: file too large" in " ".join(ended.err.split())
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


def test_what_is_not_ours_to_write(tmp_path: Path) -> None:
    path = tmp_path / "there"
    path.write_text("mine")
    with pytest.raises(UserError, match="already exists"):
        write_new(path, "x")
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(UserError, match="already exists"):
        write_new(tmp_path / "link", "x")
    (tmp_path / "empty").touch()
    (tmp_path / "link to nothing").symlink_to(tmp_path / "empty")
    with pytest.raises(UserError, match="already exists"):
        write_new(tmp_path / "link to nothing", "x", private=True)
    assert (path.read_text(), (tmp_path / "empty").read_text()) == ("mine", "")
