"""`${NAME}`, `${NAME:-default}` and `$$`, resolved into pieces that know whether they are secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from defacto_webhooks.secrets import Piece

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    """What is wrong with a template, `offset` characters into it. Neither text holds a value."""

    kind: str  # "missing", "empty" or "syntax"
    name: str
    offset: int
    message: str
    hint: str


class Resolved(NamedTuple):
    """The pieces of a template. `names` are the variables in it, `literal` the text written between them."""

    pieces: tuple[Piece, ...]
    names: tuple[str, ...]
    problems: tuple[VariableProblem, ...]

    @property
    def literal(self) -> str:
        return "".join(piece.text for piece in self.pieces if not piece.secret)


def resolve(template: str, variables: Variables) -> Resolved:
    """Put the values in. A value is never looked at for variables again."""
    pieces: list[Piece] = []
    names: list[str] = []
    problems: list[VariableProblem] = []
    end = 0
    for match in _TOKEN.finditer(template):
        pieces.append(Piece(template[end : match.start()]))
        end = match.end()
        if match[0] == "$$":
            pieces.append(Piece("$"))
            continue
        parsed = None if match[1] is None else _NAME.fullmatch(match[1])
        if parsed is None:
            nested = match[1] is None and "}" in template[match.end() :]
            problems.append(_syntax(match.start(), nested=nested, closed=match[1] is not None))
            continue
        name, default = parsed[1], parsed[2]
        names.append(name)
        piece, problem = _value(name, default, variables, match.start())
        pieces.append(piece)
        if problem:
            problems.append(problem)
    pieces.append(Piece(template[end:]))
    return Resolved(tuple(p for p in pieces if p.text), tuple(names), tuple(problems))


def _value(
    name: str, default: str | None, variables: Variables, offset: int
) -> tuple[Piece, VariableProblem | None]:
    if name in variables.own:
        return Piece(variables.own[name]), None
    if variables.unknown:
        return Piece(UNKNOWN, secret=True), None
    value = variables.process.get(name)
    if value:
        return Piece(value, secret=True), None
    if default is not None:
        return Piece(default), None
    if value is None:
        hint = f"export {name}, add it to an --env-file, or give it a default: ${{{name}:-…}}"
        return Piece(""), VariableProblem("missing", name, offset, f"the variable {name} is not set", hint)
    hint = "set it to its value; in CI, a secret that does not exist arrives as an empty one"
    return Piece(""), VariableProblem("empty", name, offset, f"the variable {name} is set, but empty", hint)


def _syntax(offset: int, *, nested: bool, closed: bool) -> VariableProblem:
    if nested:
        message, hint = "a variable inside a variable", "write one `${NAME}` or `${NAME:-default}` at a time"
    elif closed:
        message, hint = "`${…}` does not hold a name", "write `${NAME}`, or `$$` for a dollar sign"
    else:
        message, hint = "`${` is not closed", "add the `}`, or write `$$` for a dollar sign"
    return VariableProblem("syntax", "", offset, message, hint)
