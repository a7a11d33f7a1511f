"""Env files: where variables come from when the process environment does not have them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from dotenv.parser import parse_stream  # behind `dotenv_values`, which only logs what is wrong

from defacto_webhooks.config.reading import decode, read_bytes
from defacto_webhooks.errors import UserError
from defacto_webhooks.redaction.printable import invisible


def read_env_files(paths: Sequence[Path]) -> Mapping[str, str]:
    """The variables in the files; of two values, the later one counts. Raises UserError."""
    values: dict[str, str] = {}
    for path in paths:
        if not path.exists():
            message = f"{path} can't be read: there is no such file"
            raise UserError(message, "check the path given to --env-file")
        text, found = decode(read_bytes(path), str(path))
        for wrong in found:
            raise UserError(f"{wrong.span}: {wrong.message}", wrong.hint)
        values |= parse_env(text, str(path))
    return values


def parse_env(text: str, file: str) -> dict[str, str]:
    """The variables in the text of an env file; `file` is how an error names it. Raises UserError."""
    values: dict[str, str] = {}
    for binding in parse_stream(io.StringIO(text)):
        if binding.error:
            # Its column is not known, and its text may be a secret.
            raise UserError(
                f"{file}:{binding.original.line}: this is not NAME=value, or it has an unclosed quote",
                "put a value that has spaces or quotes in single quotes",
            )
        if binding.key is not None and (unseen := invisible(binding.key)):
            message = f"the name of a variable contains the invisible character {unseen}"
            raise UserError(f"{file}:{binding.original.line}: {message}", "type the name again")
        if binding.key is not None and binding.value is not None:
            values[binding.key] = binding.value
    return values
