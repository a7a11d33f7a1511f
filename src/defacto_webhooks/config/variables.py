"""`${NAME}`, `${NAME:-default}` and `$$`, resolved into pieces, of which some are secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from defacto_webhooks.redaction import MASK, Secret, quotable

_TOKEN = re.compile(r"\$\$|\$\{([^{}]*)\}|\$\{")
_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)
UNKNOWN: Final = "unknown-value"  # stands for a value that is not looked at (`--no-env`)


class Variables(NamedTuple):
    """Where values come from: the environment's `variables` (not secret), then the process (secret).

    With `unknown`, every variable counts as set.
    """

    own: Mapping[str, str]
    process: Mapping[str, str]
    unknown: bool = False


class VariableProblem(NamedTuple):
    """What is wrong with `length` characters of a template, `offset` into it. Neither text holds a value."""

    kind: str  # "missing", "empty" or "syntax"
    name: str
    offset: int
    length: int
    message: str
    hint: str


class Resolved(NamedTuple):
    """The pieces of a template. `names` are the variables in it, `literal` the text written between them."""

    pieces: tuple[str | Secret, ...]
    names: tuple[str, ...]
    problems: tuple[VariableProblem, ...]

    @property
    def literal(self) -> str:
        return "".join(piece for piece in self.pieces if isinstance(piece, str))


def parts(template: str) -> list[tuple[str, str | None]]:
    """The stretches of a template: (text, None) as written, (text, how it is shown) for a reference.

    A default may be a secret, and so may be what is no name: they are not shown.
    """
    found: list[tuple[str, str | None]] = []
    end = 0
    for match in _TOKEN.finditer(template):
        found.append((template[end : match.start()], None))
        end = match.end()
        parsed = _NAME.fullmatch(match[1] or "")
        if match[0] in {"$$", "${"}:
            shown = match[0]
        elif parsed is None:
            shown = f"${{{MASK}}}"
        else:
            shown = f"${{{quotable(parsed[1])}{f':-{MASK}' if parsed[2] else ''}}}"
        found.append((match[0], shown))
    found.append((template[end:], None))
    return [stretch for stretch in found if stretch[0]]


def resolve(template: str, variables: Variables) -> Resolved:
    """Put the values in. A value is never looked at for variables again."""
    pieces: list[str | Secret] = []
    names: list[str] = []
    problems: list[VariableProblem] = []
    end = 0
    for match in _TOKEN.finditer(template):
        pieces.append(template[end : match.start()])
        end = match.end()
        if match[0] == "$$":
            pieces.append("$")
            continue
        parsed = None if match[1] is None else _NAME.fullmatch(match[1])
        if parsed is None:
            nested = match[1] is None and "}" in template[match.end() :]
            problems.append(_syntax(match, nested=nested, closed=match[1] is not None))
            continue
        name, default = parsed[1], parsed[2]
        names.append(name)
        piece, problem = _value(name, default, variables, match)
        pieces.append(piece)
        if problem:
            problems.append(problem)
    pieces.append(template[end:])
    return Resolved(tuple(piece for piece in pieces if piece != ""), tuple(names), tuple(problems))


def _value(
    name: str, default: str | None, variables: Variables, match: re.Match[str]
) -> tuple[str | Secret, VariableProblem | None]:
    if name in variables.own:
        return variables.own[name], None
    if variables.unknown:
        return Secret(UNKNOWN), None
    value = variables.process.get(name)
    if value:
        return Secret(value), None
    if default is not None:
        return default, None
    shown = quotable(name)
    if value is None:
        hint = f"export {shown}, add it to an --env-file, or give it a default: ${{{shown}:-…}}"
        return "", _problem("missing", name, match, f"the variable {shown} is not set", hint)
    hint = "set it to its value; in CI, a secret that does not exist arrives as an empty one"
    return "", _problem("empty", name, match, f"the variable {shown} is set, but empty", hint)


def _syntax(match: re.Match[str], *, nested: bool, closed: bool) -> VariableProblem:
    if nested:
        message, hint = "a variable inside a variable", "write one `${NAME}` or `${NAME:-default}` at a time"
    elif closed:
        message, hint = "`${…}` does not hold a name", "write `${NAME}`, or `$$` for a dollar sign"
    else:
        message, hint = "`${` is not closed", "add the `}`, or write `$$` for a dollar sign"
    return _problem("syntax", "", match, message, hint)


def _problem(kind: str, name: str, match: re.Match[str], message: str, hint: str) -> VariableProblem:
    return VariableProblem(kind, name, match.start(), len(match[0]), message, hint)
