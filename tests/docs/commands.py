"""The part of docs/commands.md that is the commands' own help: `make docs` writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from inspect import cleandoc
from typing import Final

import click

from defacto_webhooks.cli.app import command, group
from defacto_webhooks.cli.options import SharedOption
from tests.docs.walking import ROOT

PAGE: Final = ROOT / "docs/commands.md"
BEGIN: Final = "<!-- from here on: written by `make docs` -->\n"


def generated() -> str:
    """All commands, in the order of their names, after the options that several share."""
    parts = ["## Shared options\n"]
    plan = command("plan")
    parts.append(_table(plan, [option for option in plan.params if isinstance(option, SharedOption)]))
    for name in sorted(group.commands):
        parts += _section(name, command(name))
    return "\n".join(parts).rstrip("\n") + "\n"


def refreshed(page: str) -> str:
    """The page with this part as it is now."""
    return page.partition(BEGIN)[0] + BEGIN + "\n" + generated()


def _section(name: str, it: click.Command) -> Iterator[str]:
    words = [name, *(_argument(it, param) for param in it.params if isinstance(param, click.Argument))]
    yield f"## {name}\n"
    text, _, examples = cleandoc(it.help or "").partition("\b\nExample:\n")
    paragraphs = [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]
    yield "\n\n".join(filter(None, paragraphs)) + "\n"
    usage = f"defacto-webhooks {' '.join(words)} [OPTIONS]"
    yield f"```text\n{usage}\n\n# for example\n{_dedented(examples)}\n```\n"
    options = [option for option in it.params if isinstance(option, click.Option)]
    own = [option for option in options if not isinstance(option, SharedOption)]
    if own:
        yield _table(it, own)
    common = [f"`{option.opts[-1]}`" for option in options if isinstance(option, SharedOption)]
    yield f"Shared: {', '.join(common)}.\n"


def _dedented(examples: str) -> str:
    return "\n".join(line.removeprefix("  ") for line in examples.strip("\n").splitlines())


def _argument(it: click.Command, argument: click.Parameter) -> str:
    return argument.make_metavar(click.Context(it))


def _table(it: click.Command, options: Sequence[click.Parameter]) -> str:
    rows = ["| option | what it does |", "|---|---|"]
    for option in options:
        names, text = option.get_help_record(click.Context(it)) or ("", "")
        about, defaults = re.match(r"(.*?)((?:\s*\[[^\[\]]*\])*)$", text, re.DOTALL).groups()  # type: ignore[union-attr]
        said = [part.strip() for part in re.findall(r"\[([^\[\]]*)\]", defaults)]
        rows.append(f"| `{_cell(names)}` | {_cell(' '.join([about, *map('({})'.format, said)]))} |")
    return "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def main() -> None:
    """Bring the page up to date."""
    PAGE.write_text(refreshed(PAGE.read_text()))
