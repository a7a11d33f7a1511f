"""The files and the log of a GitHub runner."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path


class Runner:
    """Writes where the runner reads. `variables` are those that it sets."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

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

    def _append(self, variable: str, text: str) -> None:
        path = self._variables.get(variable)
        if path:
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(text)
