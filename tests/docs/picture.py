"""docs/images/plan.svg: a plan, the guard that refuses it, and its apply, as a terminal shows them.

`make docs` draws it again.
"""

from __future__ import annotations

import difflib
import html
import io
import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click

from tests.docs.walking import ROOT
from tests.process import run

PICTURE: Final = ROOT / "docs/images/plan.svg"
COMMANDS: Final = ("plan", "apply -y --allow lost-events 2> /dev/null")  # which shows the plan again
COLUMNS: Final = 88
_CELL: Final = 12.2  # how wide rich draws a column
_OWN: Final = re.compile(r"\b[0-9a-f]{32}\b|\b[0-9a-f]{8}(-[0-9a-f]{4,12}){4}\b")
_BEFORE: Final = """\
version: 1
environments: {local: {api_url: embedded, variables: {HOST: hooks.example.com}}}
webhooks:
  - {name: invoices, to_url: "https://${HOST}/invoices?token=${TOKEN}", event_types: [Invoice.SUBMITTED]}
  - {name: loans-all, to_url: "https://${HOST}/loans?token=${OTHER}", event_types: ["Loan.*"]}
  - {name: old-crm, to_url: "https://crm.example.com/defacto", event_types: [Payment.FAILED]}
  - {name: manual-test, to_url: "https://${HOST}/test", event_types: [Loan.CLOSED]}
"""
_AFTER: Final = """\
version: 1
environments: {local: {api_url: embedded, variables: {HOST: hooks.example.com}}}
settings: {scope: {ignore: ["manual-*"]}}
webhooks:
  - name: invoices
    to_url: https://${HOST}/invoices?token=${NEW_TOKEN}
    event_types: [Invoice.SUBMITTED, Invoice.VERIFIED]
  - name: loans
    to_url: https://${HOST}/loans?token=${OTHER}
    event_types: ["Loan.*"]
  - name: credit
    to_url: https://${HOST}/credit?token=${NEW_TOKEN}
    event_types: ["Credit*"]
"""
_SECRETS: Final = {"TOKEN": "t0ken-1", "OTHER": "t0ken-2", "NEW_TOKEN": "t0ken-3"}


def printed(folder: Path) -> list[str]:
    """What each of the commands prints, in colour, in a made-up account."""
    (folder / "webhooks.yaml").write_text(_BEFORE)
    applied = run(["apply", "-y"], folder, None, **_SECRETS)
    assert applied.code == 0, applied.both
    (folder / "webhooks.yaml").write_text(_AFTER)
    texts = []
    for command in COMMANDS:
        words = command.partition(" 2>")[0].split()
        ended = run([*words, "--color", "always"], folder, None, COLUMNS=str(COLUMNS), **_SECRETS)
        assert ended.code == 0, ended.both
        texts.append(ended.out)
    return texts


def drawn(texts: Sequence[str]) -> str:
    """The picture of a terminal that shows the commands and their `texts`."""
    from rich._export_format import CONSOLE_SVG_FORMAT
    from rich.console import Console
    from rich.terminal_theme import MONOKAI
    from rich.text import Text

    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    for command, text in zip(COMMANDS, texts, strict=True):
        console.print(Text(f"$ defacto-webhooks {command}", style="bold"))
        console.print(Text.from_ansi(text))
    without_foreign_fonts = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    svg = console.export_svg(
        title="defacto-webhooks", theme=MONOKAI, code_format=without_foreign_fonts, unique_id="plan"
    )
    return re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE)


def text_of(svg: str) -> str:
    """What a picture shows, line by line; each word stands in the column that it is drawn in."""
    lines: dict[str, str] = {}
    for x, y, words in re.findall(
        r'<text [^>]*x="([\d.]+)" y="([\d.]+)" textLength[^>]*>([^<]*)</text>', svg
    ):
        column = round(float(x) / _CELL)
        lines[y] = lines.get(y, "").ljust(column) + html.unescape(words).replace("\xa0", " ")
    return "\n".join(line.rstrip() for line in lines.values())


def differences(texts: Sequence[str]) -> list[str]:
    """What differs between picture and print, but for fingerprint and ids: each account has its own."""
    prompted = (
        f"$ defacto-webhooks {command}\n{text}" for command, text in zip(COMMANDS, texts, strict=True)
    )
    shown, now = (
        [_OWN.sub("…", line.rstrip()) for line in text.splitlines() if line.strip()]
        for text in (text_of(PICTURE.read_text()), click.unstyle("\n".join(prompted)))
    )
    return list(difflib.unified_diff(shown, now, lineterm=""))


def main() -> None:
    """Draw it again, unless it is right."""
    with TemporaryDirectory() as folder:
        texts = printed(Path(folder))
    if differences(texts):
        PICTURE.write_text(drawn(texts))
