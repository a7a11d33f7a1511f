"""Help reads well at 80 columns and says every default, own options first; the error boundary is one."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from defacto_webhooks.cli import run as run_here
from defacto_webhooks.cli.app import command as imported, group
from defacto_webhooks.errors import DoubtfulRead, Exit, Interrupted, UserError
from tests.process import run

COMMANDS = sorted(group.commands)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command(tmp_path: Path, command: str) -> None:
    ended = run([command, "--help"], tmp_path, COLUMNS="80")
    assert ended.code == 0
    assert "Example:" in ended.out
    assert max(map(len, ended.out.splitlines())) <= 80
    for option in imported(command).params:
        if isinstance(option, click.Option) and option.name != "help":
            context = click.Context(imported(command))
            record = option.get_help_record(context)
            assert record
            if not option.is_flag and option.to_info_dict()["default"]:
                assert "default" in record[1], option.name
            assert not option.envvar or str(option.envvar) in record[1]


def test_a_commands_own_options_come_first(tmp_path: Path) -> None:
    own, shared = run(["apply", "--help"], tmp_path, COLUMNS="80").out.split("\nShared options:\n")
    assert own.split("Options:\n  ")[1].startswith("-y, --auto-approve")
    assert "[delete-all | lost-events | mass-delete]" in " ".join(own.split())
    assert {"--auto-approve", "--allow", "--target", "--format"} <= set(own.replace(",", " ").split())
    assert {"--config", "--env", "--env-file", "--color", "--debug", "--help"} <= set(
        shared.replace(",", " ").split()
    )


def test_help_of_all(tmp_path: Path) -> None:
    ended = run(["--help"], tmp_path, COLUMNS="80")
    assert ended.code == 0
    for command in COMMANDS:
        assert f"\n  {command} " in ended.out
    assert "..." not in ended.out.replace("[ARGS]...", "")  # no first sentence is too long for its line
    assert run(["-h"], tmp_path).code == 0
    assert run([], tmp_path).code in {0, 1}


def test_the_list_of_commands_says_what_each_says_itself() -> None:
    lines = {name: group.commands[name].get_short_help_str(80) for name in COMMANDS}
    assert lines == {name: imported(name).get_short_help_str(80) for name in COMMANDS}


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (UserError("no such thing", "look again"), Exit.ERROR, ["Error: no such thing", "look again"]),
        (DoubtfulRead("half a list"), Exit.ERROR, ["half a list"]),
        (Interrupted("stopped"), Exit.INTERRUPTED, ["stopped"]),
        (KeyboardInterrupt(), Exit.INTERRUPTED, ["nothing was changed"]),
        (click.Abort(), Exit.INTERRUPTED, ["nothing was changed"]),
        (ValueError("s3cr3t"), Exit.ERROR, ["bug in defacto-webhooks (ValueError)"]),
    ],
)
@pytest.mark.parametrize("debug", [False, True])
def test_the_one_boundary(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    error: BaseException,
    code: Exit,
    words: list[str],
    debug: bool,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(group, "main", fail)
    assert run_here(["plan", *(["--debug"] if debug else [])]) == code
    said = capfd.readouterr()
    assert said.out == ""
    for word in words:
        assert word in said.err
    assert "s3cr3t" not in said.err
    assert "Traceback" not in said.err


def test_a_terminal_of_40_columns_and_no_locale(tmp_path: Path) -> None:
    (tmp_path / "webhooks.yaml").write_text(
        "version: 1\nenvironments: {local: {api_url: embedded}}\nwebhooks:\n"
        "- {name: grün, to_url: 'https://hooks.example.com/x', event_types: ['*']}\n"
    )
    ended = run(["plan"], tmp_path, LANG="C", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert ended.code == 0
    assert "1 to create" in ended.out
    assert run(["plan"], tmp_path, COLUMNS="40").code == 0


def test_colour_is_ours_to_decide(tmp_path: Path) -> None:
    cases: list[tuple[dict[str, str], list[str], bool]] = [
        ({}, [], False),
        ({"FORCE_COLOR": "1"}, [], True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, [], False),
        ({"NO_COLOR": "1"}, ["--color", "always"], True),
        ({"FORCE_COLOR": "1"}, ["--color=never"], False),
    ]
    for variables, option, coloured in cases:
        ended = run(["events", *option], tmp_path, None, **variables)
        assert ("\x1b[" in ended.out) is coloured
