"""The contract, the commands, their help, the pages, schema and code say the same: none moves alone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import pytest

import defacto_webhooks
from defacto_webhooks.cli.app import command, group
from defacto_webhooks.config.schema import MODELS
from defacto_webhooks.diagnostics import Code
from defacto_webhooks.errors import Exit
from defacto_webhooks.events import CATALOGUE, EVENT_TYPES
from defacto_webhooks.settings import Scope, StrictModel
from tests.docs import commands
from tests.docs.walking import OWN_TEST, PAGES, ROOT

CODE = Path(defacto_webhooks.__file__).parent  # src is away where the wheel is tested
README = (ROOT / "README.md").read_text()
COMMANDS_PAGE = commands.PAGE.read_text()
FILE_PAGE = (ROOT / "docs/file.md").read_text()

# The options that scripts rely on, as the project promises them. A new one is no breach, a lost one is.
ACCOUNT = {"--config", "--env", "--env-file", "--debug", "--color"}
PROMISED: dict[str, set[str]] = {
    "plan": ACCOUNT
    | {"--out", "--detailed-exitcode", "--format", "--target", "--show-unchanged", "--all-environments"},
    "apply": ACCOUNT
    | {"-y", "--auto-approve", "--format", "--target", "--allow", "--parallelism", "--expect"},
    "validate": ACCOUNT | {"--format", "--strict", "--no-env"},
    "list": ACCOUNT | {"--format", "--reveal-secrets"},
    "export": ACCOUNT | {"-o", "--write-env", "--reveal-secrets", "--target"},
    "doctor": ACCOUNT | {"--probe"},
    "events": {"--format"},
    "schema": set(),
    "init": set(),
    "trigger": ACCOUNT | {"--wait", "--scenario"},
    "listen": {"--port", "--expect", "--timeout", "--slack-url"},
    "sandbox": {"--port", "--db"},
    "show": {"--format"},
    "demo": set(),
    "completion": set(),
}
FORMATS = {
    "plan": {"text", "json", "markdown"},
    "apply": {"text", "json", "markdown"},
    "validate": {"text", "json", "github"},
    "list": {"text", "json"},
    "events": {"text", "json"},
    "show": {"text", "json", "markdown"},
}


def options(name: str) -> dict[str, click.Option]:
    return {
        text: option
        for option in command(name).params
        if isinstance(option, click.Option)
        for text in (*option.opts, *option.secondary_opts)
    }


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_every_promised_command_has_its_options(name: str) -> None:
    assert name in group.commands
    assert PROMISED[name] <= set(options(name))


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_formats_and_their_default(name: str) -> None:
    choice = options(name)["--format"].type
    assert isinstance(choice, click.Choice)
    assert set(choice.choices) == FORMATS[name]
    assert options(name)["--format"].default == "text"


def test_defaults_that_scripts_rely_on() -> None:
    assert options("apply")["--parallelism"].default == 10
    assert options("plan")["--config"].default == [Path("webhooks.yaml")]
    assert options("plan")["--config"].envvar == "DEFACTO_WEBHOOKS_CONFIG"
    assert options("plan")["--env"].envvar == "DEFACTO_WEBHOOKS_ENV"


def test_the_page_of_commands_is_what_the_commands_say() -> None:
    assert commands.refreshed(COMMANDS_PAGE) == COMMANDS_PAGE, "run `make docs`"


def test_every_command_and_option_that_is_named_anywhere_exists() -> None:
    """In a page, in a message or in a docstring: `defacto-webhooks NAME` and the options behind it."""
    for path in [*PAGES, *CODE.rglob("*.py"), ROOT / "Makefile", ROOT / "CHANGELOG.md"]:
        for name, rest in re.findall(
            r"(?:`|\$ |BIN\)/)defacto-webhooks ([a-z]\w+)([^`\n|;&>]*)", path.read_text()
        ):
            assert name in group.commands, f"{path.name}: {name}"
            known = {*options(name), "--help", "-h", "--version"}
            assert set(re.findall(r"(?<=\s)--?[a-z][\w-]*", rest)) <= known, f"{path.name}: {name}{rest}"


@pytest.mark.parametrize("page", [README, COMMANDS_PAGE], ids=["README", "commands"])
def test_exit_codes_are_those_of_the_code(page: str) -> None:
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", page, re.MULTILINE)
    assert [int(code) for code, _ in rows] == [code.value for code in Exit]
    assert rows == re.findall(r"^\| (\d+) \| (.+) \|$", README, re.MULTILINE)


def test_the_help_names_every_exit_code() -> None:
    assert set(re.findall(r"\b\d+\b", str(group.help).partition("Exit codes:")[2])) == {
        str(code.value) for code in Exit
    }


def test_environment_variables_are_those_that_the_code_reads() -> None:
    read = {
        name
        for path in CODE.rglob("*.py")
        for name in re.findall(r"[\"'](DEFACTO_[A-Z_]*[A-Z]|NO_COLOR|FORCE_COLOR)\b", path.read_text())
    }
    said = re.findall(r"`(\w+)`", "".join(re.findall(r"^(\| `[A-Z].*?) \|", COMMANDS_PAGE, re.MULTILINE)))
    own_key_of_the_starter = {"DEFACTO_SANDBOX_API_KEY"}
    assert set(said) == read - own_key_of_the_starter


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_stands_in_the_page_of_the_file(model: type[StrictModel]) -> None:
    """And nothing else does: each model has a table there, under its own heading."""
    heading = f"<!-- {model.__name__} -->\n"
    table = FILE_PAGE.partition(heading)[2].split("\n\n", 1)[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(model.model_fields)
    if "| default |" in table:
        defaults = re.findall(r"^\| `\w+` \| (?:`(.*?)`|none|everything) \|", table, re.MULTILINE)
        assert defaults == [_written(field.default) for field in model.model_fields.values()]


def _written(default: object) -> str:
    """A default as YAML has it; nothing for an empty list and for the scope, which are said in words."""
    return "" if isinstance(default, tuple | Scope) else json.dumps(default).replace('"replace"', "replace")


def test_codes_that_are_named_anywhere_exist() -> None:
    known = {str(code) for code in Code}
    pages = [page for page in PAGES if page.name not in OWN_TEST]
    for path in [*pages, *CODE.rglob("*.py")]:
        for names in re.findall(r"webhooks: ignore\[([a-z, -]+)\]", path.read_text()):
            assert set(names.replace(" ", "").split(",")) <= known, path.name


def test_every_test_and_file_that_a_page_names_exists() -> None:
    """A promise that names its proof loses it where a test is renamed."""
    tests = "\n".join([*map(str, (ROOT / "tests").rglob("test_*.py")), *_test_functions()])
    for page in PAGES:
        text = page.read_text()
        for path in re.findall(r"\b(?:tests|src|benchmarks)/[\w/]+\.\w+", text):
            made_by_a_run = path == "benchmarks/results.json"
            assert made_by_a_run or (ROOT / path).exists(), f"{page.name}: {path}"
        for name in re.findall(r"\btest_[a-z]\w*\b", text):
            assert re.search(rf"\b{name}\b", tests), f"{page.name}: {name}"


def _test_functions() -> list[str]:
    files = (ROOT / "tests").rglob("*.py")
    return [name for file in files for name in re.findall(r"def (test_\w+)", file.read_text())]


def test_every_page_is_in_the_index_of_the_readme() -> None:
    index = README.partition("## More")[2]
    assert re.findall(r"\[(\S+)\]\(docs/\1\)", index)
    assert {page.name for page in PAGES} - {"README.md"} == set(re.findall(r"\[(\S+)\]\(docs/\1\)", index))


def test_what_the_readme_links_to_is_in_the_source_distribution() -> None:
    include = re.search(r"sdist\]\ninclude = (\[.*?\])", (ROOT / "pyproject.toml").read_text(), re.DOTALL)
    assert include
    for target in re.findall(r"\]\((?!https?:)([^)#]+)|(?:src|srcset)=\"([^\"]+)\"", README):
        top = Path(target[0] or target[1]).parts[0]
        assert f'"/{top}"' in include[1], top


def test_the_pages_use_event_types_that_exist() -> None:
    # Slips, and types that left or may come, each where a page is about that.
    on_purpose = {"Invoice.VERFIED", "Invoice.SUBMITED", "Invoice.ARCHIVED", "Loan.OVERDUE"}
    on_purpose.add("BorrowerFinancialProduct.CREATED")
    entities = "|".join({known.entity for known in CATALOGUE})
    starter = CODE / "cli/starter/webhooks.yaml"
    used = {
        name
        for page in (*PAGES, starter, ROOT / "webhooks.yaml")
        for name in re.findall(rf"\b(?:{entities})\.[A-Z_]{{3,}}", page.read_text())
    }
    assert {name for name in used if name not in EVENT_TYPES} == on_purpose
