"""docs/images/plan.svg: what `plan` prints in a terminal. `make docs` draws it again."""

from __future__ import annotations

import difflib
import html
import io
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click

from tests.docs.walking import ROOT
from tests.process import run

PICTURE: Final = ROOT / "docs/images/plan.svg"
PROMPT: Final = "$ defacto-webhooks plan"
COLUMNS: Final = 88
_CELL: Final = 12.2  # how wide rich draws a column
_BEFORE: Final = """\
version: 1
environments: {local: {api_url: embedded, variables: {HOST: hooks.example.com}}}
webhooks:
  - {name: invoices, to_url: "https://${HOST}/invoices?token=${TOKEN}", event_types: [Invoice.SUBMITTED]}
  - {name: loans-all, to_url: "https://${HOST}/loans?token=${OTHER}", event_types: ["Loan.*"]}
  - {name: payments, to_url: "https://${HOST}/payments?token=${TOKEN}", event_types: [Payment.PAID]}
  - {name: old-crm, to_url: "https://crm.example.com/defacto", event_types: [Payment.FAILED]}
  - {name: manual-test, to_url: "https://${HOST}/test", event_types: [Loan.CLOSED]}
"""
_AFTER: Final = """\
version: 1
environments: {local: {api_url: embedded, variables: {HOST: hooks.example.com}}}
settings: {scope: {ignore: ["manual-*"]}}
webhooks:
  - name: invoices
    to_url: https://${HOST}/invoices?token=${TOKEN}
    event_types: [Invoice.SUBMITTED, Invoice.VERIFIED]
  - name: loans
    to_url: https://${HOST}/loans?token=${OTHER}
    event_types: ["Loan.*"]
  - name: payments
    to_url: https://${HOST}/payments?token=${NEW_TOKEN}
    event_types: [Payment.PAID]
  - name: credit-limits
    to_url: https://${HOST}/credit-limits?token=${TOKEN}
    event_types: [CreditLimit.UPDATED]
"""
_SECRETS: Final = {"TOKEN": "t0ken-1", "OTHER": "t0ken-2", "NEW_TOKEN": "t0ken-3"}


def printed(folder: Path) -> str:
    """What `plan` prints, in colour, in a made-up account."""
    (folder / "webhooks.yaml").write_text(_BEFORE)
    applied = run(["apply", "-y"], folder, None, **_SECRETS)
    assert applied.code == 0, applied.both
    (folder / "webhooks.yaml").write_text(_AFTER)
    planned = run(["plan", "--color", "always"], folder, None, COLUMNS=str(COLUMNS), **_SECRETS)
    assert planned.code == 0, planned.both
    return planned.out


def drawn(text: str) -> str:
    """The picture of a terminal that shows `text`."""
    from rich._export_format import CONSOLE_SVG_FORMAT
    from rich.console import Console
    from rich.terminal_theme import MONOKAI
    from rich.text import Text

    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text(PROMPT, style="bold"))
    console.print(Text.from_ansi(text))
    without_foreign_fonts = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    svg = console.export_svg(
        title="defacto-webhooks plan", theme=MONOKAI, code_format=without_foreign_fonts, unique_id="plan"
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


def differences(printed: str) -> list[str]:
    """What differs between picture and print, but for the fingerprint: each account has its own."""
    shown, now = (
        [re.sub(r"\b[0-9a-f]{32}\b", "…", line.rstrip()) for line in text.splitlines() if line.strip()]
        for text in (text_of(PICTURE.read_text()), f"{PROMPT}\n{click.unstyle(printed)}")
    )
    return list(difflib.unified_diff(shown, now, lineterm=""))


def main() -> None:
    """Draw it again, unless it is right."""
    with TemporaryDirectory() as folder:
        text = printed(Path(folder))
    if differences(text):
        PICTURE.write_text(drawn(text))
