"""What a GitHub runner reads: its files, its log."""

from __future__ import annotations

import os
import re
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from defacto_webhooks.ci.github.provider import GitHubLog
from defacto_webhooks.diagnostics import Diagnostic, InvalidConfig, Severity
from defacto_webhooks.errors import UserError
from defacto_webhooks.redaction.printable import line
from defacto_webhooks.render import render
from defacto_webhooks.render.github import annotation
from defacto_webhooks.render.style import Style
from defacto_webhooks.render.views import Diagnostics

_STYLE: Final = Style(width=100)


class Runner:
    """Writes where the runner reads. `variables` are those that it sets."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._log = GitHubLog()

    def output(self, name: str, value: str) -> None:
        """An output of the step. Its end can't be guessed, so nothing in the value is another output."""
        end = secrets.token_hex(16)
        self._append("GITHUB_OUTPUT", f"{name}<<{end}\n{value}\n{end}\n")

    def summary(self, text: str) -> None:
        """Add to the page of the run."""
        self._append("GITHUB_STEP_SUMMARY", text.rstrip("\n") + "\n\n")

    def keep(self, name: str, text: str) -> Path:
        """A file for later steps of the job; its path."""
        folder = Path(self._variables.get("RUNNER_TEMP") or os.curdir).resolve()
        path = folder / re.sub(r"[^\w.-]", "_", name)
        path.write_text(text, encoding="utf-8")
        return path

    def note(self, text: str) -> None:
        """Text in the log, in which the runner finds no command."""
        self._write(self._log.harmless(text))

    def show(self, value: Any) -> None:
        """Anything that can be rendered, in the log."""
        self.note(render(value, "text", _STYLE))

    def diagnostics(self, found: Sequence[Diagnostic]) -> None:
        """Findings in the log, and at their places in the changed files."""
        if found:
            findings = Diagnostics(tuple(found))
            self.show(findings)
            self._write(self._log.findings(findings))

    def annotate(self, severity: Severity, message: str) -> None:
        """Something that the page of the run shows."""
        self._write(annotation(severity, message))

    def error(self, error: UserError) -> None:
        """Why the job fails."""
        self.annotate(Severity.ERROR, error.message)
        self.diagnostics(error.diagnostics if isinstance(error, InvalidConfig) else ())
        self.note(f"Error: {line(error.message)}" + (f"\n  {line(error.hint)}" if error.hint else ""))

    def group(self, title: str, value: Any) -> None:
        """As `show`, folded."""
        self._write(self._log.group(title, render(value, "text", _STYLE)))

    def _write(self, text: str) -> None:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def _append(self, variable: str, text: str) -> None:
        path = self._variables.get(variable)
        if path:
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(text)
