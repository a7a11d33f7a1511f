"""docs/diagnostics.md: an entry a code, in their order; each example is run and prints what stands there."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from defacto_webhooks.config import load
from defacto_webhooks.diagnostics import Code, Diagnostic, InvalidConfig
from defacto_webhooks.render import render
from defacto_webhooks.render.style import Style
from defacto_webhooks.render.views import Diagnostics

PAGE = Path(__file__).parent.parent.parent / "docs" / "diagnostics.md"
ENVIRON = {
    "DEFACTO_API_URL": "https://api.getdefacto.com",
    "DEFACTO_API_KEY": "k3y-of-the-tests",
    "CALLBACK_TOKEN": "t0ken-of-the-tests",
    "SLACK": "T0/B0/sl4ck-of-the-tests",
    "COPIED_TOKEN": "t0ken-of-the-tests\u200b",
    "EMPTY": "",
}
ENTRY = re.compile(r"^## (\S+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def found(files: Sequence[str]) -> tuple[str, tuple[Diagnostic, ...]]:
    """The folder that is given a file for each text, named in its first line where it is one of several."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for text in files:
            name = re.match(r"# (\w+\.yaml)\n", text)
            paths.append(Path(folder) / (name[1] if name else "webhooks.yaml"))
            paths[-1].write_text(text)
        try:
            return folder, load(paths, environ=ENVIRON).diagnostics
        except InvalidConfig as invalid:
            return folder, invalid.diagnostics


def printed(files: Sequence[str]) -> str:
    folder, all_of_them = found(files)
    return render(Diagnostics(all_of_them), "text", Style(width=100)).replace(f"{folder}/", "")


def entries() -> dict[str, str]:
    return dict(ENTRY.findall(PAGE.read_text()))


def test_every_code_has_its_entry() -> None:
    assert [name for name in entries() if name in set(Code)] == [str(code) for code in Code]


@pytest.mark.parametrize("code", Code)
def test_the_examples_of_an_entry(code: Code) -> None:
    entry = entries()[code]
    assert f"*{code.severity.value.capitalize()}" in entry
    bad, good = (BLOCK.findall(half) for half in entry.split("Instead:"))
    texts = [text for language, text in bad if language == "yaml"]
    [expected] = [text for language, text in bad if language == "text"]
    assert printed(texts) == expected.rstrip("\n")
    assert {diagnostic.code for diagnostic in found(texts)[1]} >= {code}
    assert found([text for _, text in good])[1] == ()
