"""The inputs of the action, out of the variables that action.yml sets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from defacto_webhooks.errors import UserError
from defacto_webhooks.redaction import Secret

_DEFAULT_CONFIG: Final = "webhooks.yaml"


@dataclass(frozen=True)
class Inputs:
    """`environments` are those that the workflow allows, for `validate`; `environment` is one of them."""

    command: str
    config: tuple[Path, ...]
    environments: tuple[str, ...]
    environment: str
    comment: bool
    expect: str
    allow: tuple[str, ...]
    env_file: Secret  # its content
    apply_workflow: str
    bot: str
    token: Secret

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Inputs:
        """Raises UserError."""

        def text(name: str) -> str:
            return variables.get(f"INPUT_{name}", "").strip()

        config = [Path(line.strip()) for line in text("CONFIG").splitlines() if line.strip()]
        return cls(
            command=text("COMMAND"),
            config=tuple(config) or (Path(_DEFAULT_CONFIG),),
            environments=tuple(filter(None, re.split(r"\s*[\n,]\s*", text("ENVIRONMENTS")))),
            environment=text("ENVIRONMENT"),
            comment=_comment(text("COMMENT")),
            expect=text("EXPECT"),
            allow=_words(text("ALLOW")),
            env_file=Secret(variables.get("INPUT_ENV_FILE", "")),
            apply_workflow=text("APPLY_WORKFLOW"),
            bot=text("BOT") or "github-actions[bot]",
            token=Secret(text("GITHUB_TOKEN")),
        )

    def key(self, environment: str) -> str:
        """What tells comments, statuses and issues of one environment from those of another file's."""
        files = " ".join(map(str, self.config))
        return environment if files == _DEFAULT_CONFIG else f"{environment} ({files})"


def _words(text: str) -> tuple[str, ...]:
    """What spaces, lines or commas part. A choice in a form can't be empty: there it is `none`."""
    return tuple(word for word in re.split(r"[\s,]+", text) if word not in {"", "none"})


def _comment(text: str) -> bool:
    if text.lower() not in {"true", "false", ""}:
        raise UserError(f"the input `comment` is {text!r}", "write true or false")
    return text.lower() != "false"
