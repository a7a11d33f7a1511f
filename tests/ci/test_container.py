"""The Dockerfile, as far as it can be judged without building it."""

from __future__ import annotations

import re

from tests.ci.runner import ROOT

TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
# Instruction and argument; a backslash at the end of a line continues it.
LINES = [
    line.split(" ", 1) for line in TEXT.replace("\\\n", "").splitlines() if line and not line.startswith("#")
]
STAGES = [index for index, (instruction, _) in enumerate(LINES) if instruction == "FROM"]


def arguments(instruction: str, since: int = 0) -> list[str]:
    return [argument for name, argument in LINES[since:] if name == instruction]


def test_the_command_is_not_run_by_root() -> None:
    assert arguments("USER", STAGES[-1]) == ["10001"]
    assert [name for name, _ in LINES].index("USER") > STAGES[-1]
    assert LINES[-2:] == [["ENTRYPOINT", '["defacto-webhooks"]'], ["CMD", '["--help"]']]


def test_every_base_has_a_version_that_the_package_supports() -> None:
    for base in arguments("FROM"):
        version = re.match(r"python:3\.(\d+)-slim-\w+(?: AS \w+)?$", base)
        assert version, base
        assert f'"Programming Language :: Python :: 3.{version[1]}"' in (ROOT / "pyproject.toml").read_text()


def test_libraries_are_those_of_the_lock_and_nothing_else_is_fetched() -> None:
    installs = re.findall(r"pip install ([^&]*)", " ".join(arguments("RUN")))
    assert len(installs) == 2
    assert "--require-hashes --only-binary :all: --no-deps -r /build/action.txt" in installs[0]
    assert "--no-index --no-deps /build/*.whl" in installs[1]
    assert not re.search(r"curl|wget|apt|git |https?:", TEXT)
    assert not arguments("ADD")


def test_only_what_is_copied_is_seen() -> None:
    """Neither .env nor .git gets into a layer."""
    copied = {
        source
        for argument in arguments("COPY")
        if not argument.startswith("--from")
        for source in argument.split()[:-1]
    }
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignored[1] == "*"
    assert {line[1:] for line in ignored[2:]} == copied
    assert (ROOT / "requirements/action.txt").exists()
