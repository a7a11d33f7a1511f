"""Env files: where variables are that the process environment does not have."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from dotenv.parser import parse_stream  # behind `dotenv_values`, which only logs what is wrong

from defacto_webhooks.config.reading import decode, read_bytes
from defacto_webhooks.errors import UserError
from defacto_webhooks.redaction import Secret
from defacto_webhooks.redaction.printable import invisible

_SPECIAL = re.compile(r'["$`!]')  # in double quotes


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


def env_text(values: Mapping[str, Secret]) -> str:
    """An env file that certainly reads back as `values`; a shell reads the same where quoting allows it.

    Raises UserError where there is none, as for an API key with odd characters.
    """
    wanted = {name: value.reveal() for name, value in values.items()}
    text = "".join(f"{name}={_quoted(value)}\n" for name, value in wanted.items())
    read: Mapping[str, str] = {}
    with suppress(UserError):
        read = parse_env(text, "")
    if read == wanted:
        return text
    name = next((name for name in wanted if read.get(name) != wanted[name]), "a variable")
    raise UserError(f"the value of {name} can't be written to an env file", "set it without an env file")


def _quoted(value: str) -> str:
    """No URL holds a backslash; should a key hold one, it means itself only without quotes."""
    if "\\" in value:
        return value
    if "'" in value and not _SPECIAL.search(value):
        return f'"{value}"'
    return "'{}'".format(value.replace("'", "\\'"))


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
