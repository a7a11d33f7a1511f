"""Which files are read: what is there and is not read would be deleted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from defacto_webhooks.config import default_environment, load
from defacto_webhooks.config.env_file import read_env_files
from defacto_webhooks.diagnostics import InvalidConfig
from defacto_webhooks.errors import UserError
from tests.config.test_bad_files import ENVIRON


def entry(name: str) -> str:
    return f"- {{name: {name}, to_url: 'https://h.example.com/{name}', event_types: ['*']}}\n"


def names(*paths: Path) -> list[str]:
    return [webhook.name for webhook in load(paths, environ=ENVIRON).webhooks]


def test_in_a_folder_every_ending_counts_and_hidden_files_do_not(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yml", "c.YAML", "d.Yml"):
        (tmp_path / name).write_text(f"version: 1\nwebhooks:\n{entry(name[0])}")
    for name in ("._a.yaml", ".b.swp.yaml", "c.yaml~", "d.yaml.bak", "yaml", "notes.md"):
        (tmp_path / name).write_text("not: [read")
    assert names(tmp_path) == ["a", "b", "c", "d"]


def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/a.txt").write_text(f"version: 1\nwebhooks:\n{entry('a')}")
    (tmp_path / "hooks").mkdir()
    (tmp_path / "hooks/a.yaml").symlink_to(tmp_path / "elsewhere/a.txt")
    assert names(tmp_path / "hooks") == ["a"]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("dangling link", "is a link to a file that does not exist"),
        ("link to itself", "can't be read: too many levels of symbolic links"),
        ("folder", "is not a file"),
        ("pipe", "is not a file"),
    ],
)
def test_what_is_there_and_can_not_be_read_is_an_error(tmp_path: Path, kind: str, words: str) -> None:
    (tmp_path / "a.yaml").write_text("version: 1\n")
    path = tmp_path / "team-b.YAML"
    match kind:
        case "dangling link":
            path.symlink_to("gone.yaml")
        case "link to itself":
            path.symlink_to(path.name)
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
    with pytest.raises(UserError, match=words) as refused:
        names(tmp_path)
    assert refused.value.message.startswith(str(path))
    assert refused.value.hint


def test_a_file_that_is_given_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(f"version: 1\nwebhooks:\n{entry('a')}")
    assert names(tmp_path, tmp_path / "a.yaml", tmp_path / "a.yaml") == ["a"]


def test_names_are_unique_in_all_files_and_environments(tmp_path: Path) -> None:
    top = (
        "version: 1\ndefault_environment: x\nenvironments: {x: {api_url: embedded}, y: {api_url: embedded}}\n"
    )
    hooks = "".join(entry("a").replace("}", f", environments: [{name}]}}") for name in ("x", "y"))
    (tmp_path / "a.yaml").write_text(f"{top}webhooks:\n{hooks}")
    with pytest.raises(UserError) as refused:
        names(tmp_path)
    assert [found.code for found in refused.value.diagnostics] == ["duplicate-name"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "code"), [("nowhere", "unknown-environment"), ("12", "wrong-type"), ("[x]", "wrong-type")]
)
def test_a_wrong_default_environment_is_an_error_with_a_place(tmp_path: Path, name: str, code: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(f"version: 1\ndefault_environment: {name}\nenvironments: {{x: {{api_url: embedded}}}}\n")
    with pytest.raises(InvalidConfig) as refused:
        default_environment([path])
    assert [(found.code, found.span.line) for found in refused.value.diagnostics] == [(code, 2)]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("A=1\n".encode("utf-16"), "the file is UTF-16"),
        ("A=1\n".encode("utf-16-le"), "the file is UTF-16"),
        ("A=1\n".encode("utf-32"), "the file is UTF-32"),
        ("A=1\n".encode("utf-32-be"), "the file is UTF-32"),
        ("B=1\n\u200bA=1\n".encode(), ":2: the name of a variable contains the invisible character U\\+200B"),
        (b"A=1\nB=\xe9\n", ":2:3: this is not UTF-8"),
        (b"A=1\nB=a\x00b\n", ":2:4: a control character"),
        (b"A=1\nB='open\n", ":2: this is not NAME=value"),
    ],
)
def test_an_env_file_says_what_is_wrong_with_it(tmp_path: Path, raw: bytes, words: str) -> None:
    (tmp_path / ".env").write_bytes(raw)
    with pytest.raises(UserError, match=words) as refused:
        read_env_files([tmp_path / ".env"])
    assert refused.value.hint


def test_of_two_env_files_the_later_one_counts(tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(b"\xef\xbb\xbfA=1\r\nB=1\r\n")
    (tmp_path / "2").write_text("export B='2'\n# C=3\nD\n")
    assert read_env_files([tmp_path / "1", tmp_path / "2"]) == {"A": "1", "B": "2"}
