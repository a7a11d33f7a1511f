"""Command lines, variables, folders, disks, terminals and locales that are not as they should be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.faulty_server import FaultyServer, stored
from tests.process import run, shell

FILE = """\
version: 1
webhooks:
- {name: "é名", to_url: "https://hooks.example.com/x?token=${TOKEN}", event_types: ["Loan.*"]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "webhooks.yaml").write_text(FILE)
    return tmp_path


def test_an_env_file_that_is_none_is_named_with_its_line(folder: Path) -> None:
    (folder / "broken.env").write_text("A=1\nTOKEN='s3cr3t-v4lue\nB=2\n")
    ended = run(["validate", "--env-file", "broken.env"], folder)
    assert ended.code == 1
    assert "Error: broken.env:2: this is not NAME=value, or it has an unclosed quote" in ended.err
    assert "s3cr3t" not in ended.both


REAL = "https://api.getdefacto.com"


@pytest.mark.parametrize(
    ("arguments", "variables", "words"),
    [
        (["plam"], {}, "plan"),
        (["plan", "--fromat", "json"], {}, "--format"),
        (["plan", "--format", "xml"], {}, "'xml' is not one of"),
        (["plan", "extra"], {}, "extra"),
        (["plan", "--out"], {}, "--out"),
        (["apply", "--parallelism", "0"], {}, "0"),
        (["apply", "--allow", "nothing"], {}, "nothing"),
        (["apply", "-y", "nowhere.plan"], {}, "nowhere.plan"),
        (["validate", "-c", "no\x1b[31mwhere.yaml"], {}, "does not exist"),
        (["validate", "-c", "."], {}, "does not exist"),  # the fixture below takes the file away
        (["validate", "-c", "/dev/null"], {}, "the file is empty"),
        (["validate", "-c", "/dev/zero"], {}, "bytes"),
        (["validate", "-c", "/proc/self/mem"], {}, "can't be read"),
        (["validate", "-c", "x" * 300], {}, "file name too long"),
        (["validate"], {"DEFACTO_WEBHOOKS_CONFIG": "elsewhere.yaml"}, "elsewhere.yaml does not exist"),
        (["validate", "--env-file", "nowhere.env"], {}, "nowhere.env can't be read"),
        (["plan", "-e", "prod"], {}, "there is no environment 'prod'"),
        (["plan"], {"DEFACTO_WEBHOOKS_ENV": "prod"}, "there is no environment 'prod'"),
        (["plan"], {}, "no Defacto API is given"),
        (["plan"], {"DEFACTO_API_URL": "api.getdefacto.com"}, "is not a URL"),
        (["plan"], {"DEFACTO_API_URL": "http://api.getdefacto.com", "DEFACTO_API_KEY": "k"}, "https://"),
        (["plan"], {"DEFACTO_API_URL": "https://api.getdefacto.com"}, "DEFACTO_API_KEY is not set"),
        (["plan"], {"DEFACTO_API_URL": "https://a.example", "DEFACTO_API_KEY": "k"}, "not one of Defacto's"),
        (["plan", "--trust-host", "https://a.example"], {}, "is not a host name"),
        (["plan"], {"DEFACTO_WEBHOOKS_TRUSTED_HOSTS": "a.example/x"}, "is not a host name"),
        (["plan", "--var", "a.b=1"], {}, "write NAME=VALUE"),
        (["plan", "--var", "A"], {}, "write NAME=VALUE"),
        (["plan"], {"DEFACTO_API_URL": REAL, "DEFACTO_API_KEY": "k\n"}, "KEY contains a space"),
        (["plan"], {"DEFACTO_API_URL": REAL, "DEFACTO_API_KEY": "ké"}, "API_KEY contains a space"),
        (["plan"], {"DEFACTO_API_URL": REAL, "DEFACTO_API_KEY": "k"}, "TOKEN is not set"),
    ],
)  # fmt: skip
def test_it_is_one_message_with_a_next_step(
    folder: Path, arguments: list[str], variables: dict[str, str], words: str
) -> None:
    if arguments[-1] == ".":
        arguments = [*arguments[:-1], "gone.yaml"]
    ended = run(arguments, folder, None, **variables)
    assert ended.code == 1
    assert words in " ".join(ended.both.split())
    assert "bug in defacto-webhooks" not in ended.err
    assert "\x1b" not in ended.both
    assert sorted(path.name for path in folder.iterdir()) == ["webhooks.yaml"]


@pytest.mark.parametrize("limit", ["ulimit -f 0", "ulimit -f 1"])
def test_a_disk_that_is_full_leaves_the_old_plan_file(server: FaultyServer, folder: Path, limit: str) -> None:
    rows = [stored(str(n), f"s{n}", f"https://h.example/{n}", "Loan.CLOSED") for n in range(40)]
    server.reset(rows)
    (folder / "saved.plan").write_text("the old one")
    ended = shell(
        f'{limit}; PYTHONDONTWRITEBYTECODE=1 TOKEN=t0ken "$0" plan --out saved.plan', folder, server
    )
    assert ended.code == 1
    assert "saved.plan was not written: file too large" in " ".join(ended.err.split())
    assert "what was there before is unchanged" in ended.err
    assert (folder / "saved.plan").read_text() == "the old one"
    assert sorted(path.name for path in folder.iterdir()) == ["saved.plan", "webhooks.yaml"]


def test_a_folder_that_can_not_be_written(server: FaultyServer, folder: Path) -> None:
    server.reset([])
    ended = run(["plan", "--out", "/proc/saved.plan"], folder, server, TOKEN="t0ken")
    assert ended.code == 1
    assert "/proc/saved.plan was not written" in ended.err


@pytest.mark.parametrize("command", ["validate --format json", "plan", "events", "schema", "--help"])
def test_whoever_reads_has_seen_enough(server: FaultyServer, folder: Path, command: str) -> None:
    server.reset([])
    script = f'TOKEN=t0ken "$0" {command} | head -c 1; exit ${{PIPESTATUS[0]}}'
    ended = shell(script, folder, server)
    assert (ended.code, ended.err) == (0, "") or (command == "plan" and ended.code == 0)


LOCALES = [{"LANG": "C", "LC_ALL": "C"}, {"LANG": ""}, {"PYTHONIOENCODING": "ascii"}]


@pytest.mark.parametrize("locale", LOCALES, ids=str)
def test_without_a_locale_nothing_breaks(server: FaultyServer, folder: Path, locale: dict[str, str]) -> None:
    server.reset([])
    variables = {"TOKEN": "t0ken", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", **locale}
    ended = run(["plan"], folder, server, **variables)
    assert ended.code == 0
    assert "é名" in ended.out or "\\u00e9\\u540d" in ended.out
    told = json.loads(run(["plan", "--format", "json"], folder, server, **variables).out)
    assert told["changes"][0]["name"] == "é名"
    (folder / "webhooks.yaml").write_text(FILE.replace("Loan.*", "Löan.*"))
    ended = run(["validate"], folder, server, **variables)
    assert ended.code == 1
    assert "error[empty-glob]" in ended.out


def test_forty_columns(server: FaultyServer, folder: Path) -> None:
    server.reset([])
    wide = "x" * 60
    (folder / "webhooks.yaml").write_text(FILE.replace("/x?", f"/{wide}?").replace("Loan.*", "Loans.*"))
    ended = run(["validate"], folder, server, TOKEN="t0ken", COLUMNS="40")
    line, caret, *hint = ended.out.splitlines()[1:]
    assert max(map(len, [line, caret, *hint])) <= 40
    assert line[caret.index("^") :].startswith('"Loans.*"'[: caret.count("^")])
    server.reset([])
    (folder / "webhooks.yaml").write_text(FILE)
    assert run(["plan"], folder, server, TOKEN="t0ken", COLUMNS="40").code == 0
