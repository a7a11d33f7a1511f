"""`${NAME}`, `${NAME:-default}` and `$$`, resolved into pieces, of which some are secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from defacto_webhooks.config.document import Place
from defacto_webhooks.config.wrong import WRONG, OrWrong
from defacto_webhooks.diagnostics import Code, Diagnostic, finding
from defacto_webhooks.redaction import MASK, Secret, quotable, revealed

_TOKEN = re.compile(r"\$\$|\$\{([^{}]*)\}|\$\{")
_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)
_HOST = re.compile(r"[^/?#]*://[^/?#]*[/?#]")


class Variables(NamedTuple):
    """Where values come from: the environment's `variables` (not secret), then the process (secret).

    With `unknown`, every variable counts as set, to a value that is not known.
    """

    own: Mapping[str, OrWrong[str]]
    process: Mapping[str, str]
    unknown: bool = False

    def __repr__(self) -> str:
        return f"Variables({', '.join(self.own)})"


ALL_UNKNOWN: Final = Variables({}, {}, unknown=True)


class Resolved(NamedTuple):
    """The pieces of a template; `names` are the variables in it.

    `known` is how many pieces come before the first value that is not known, which is made up; None where
    all are known. `is_template` is False where a `${` in it has no meaning.
    """

    pieces: tuple[str | Secret, ...]
    names: tuple[str, ...]
    known: int | None
    is_template: bool

    @property
    def text(self) -> str:
        return revealed(self.pieces)

    @property
    def written(self) -> str:
        """What anybody sees who reads the file."""
        return "".join(piece for piece in self.pieces if isinstance(piece, str))

    @property
    def host_is_known(self) -> bool:
        return self.known is None or _HOST.match(revealed(self.pieces[: self.known])) is not None

    def __repr__(self) -> str:
        return f"Resolved({', '.join(self.names)})"  # what is written literally may be a secret, too


def parts(template: str) -> list[tuple[str, str | None]]:
    """The stretches of a template: (text, None) as written, (text, how it is shown) for a reference.

    A default may be a secret, and so may be what is not a name: they are not shown.
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


def resolve(template: str, variables: Variables, place: Place) -> tuple[Resolved, list[Diagnostic]]:
    """The `template` at `place` with the values in it. A value is never searched for variables."""
    pieces: list[str | Secret] = []
    names: list[str] = []
    found: list[Diagnostic] = []
    known = None
    end = 0
    for match in _TOKEN.finditer(template):
        if match.start() > end:
            pieces.append(template[end : match.start()])
        end = match.end()
        if match[0] == "$$":
            pieces.append("$")
            continue
        parsed = _NAME.fullmatch(match[1] or "")
        if parsed is None:
            problem: _Problem | None = _syntax(match, template)
        else:
            names.append(parsed[1])
            piece, problem = _value(parsed[1], parsed[2], variables)
            if piece is None:
                known = len(pieces) if known is None else known
                piece = Secret(_made_up(match, template))
            pieces.append(piece)
        if problem:
            span = place.span_within(match.start(), len(match[0]))
            found.append(finding(problem.code, span, problem.message, problem.hint))
    if end < len(template):
        pieces.append(template[end:])
    is_template = all(one.code is not Code.VARIABLE_SYNTAX for one in found)
    return Resolved(tuple(pieces), tuple(names), known, is_template), found


class _Problem(NamedTuple):
    code: Code
    message: str
    hint: str


def _value(
    name: str, default: str | None, variables: Variables
) -> tuple[str | Secret | None, _Problem | None]:
    """No piece where the value is not known, with the reason where that is a mistake."""
    own = variables.own.get(name)
    if own is WRONG:
        return None, None
    if own is not None:
        return own, None
    if variables.unknown:
        return None, None
    value = variables.process.get(name)
    if value:
        return Secret(value), None
    if default is not None:
        return default, None
    shown = quotable(name)
    if value is None:
        hint = f"export {shown}, add it to an --env-file, or give it a default: ${{{shown}:-…}}"
        return None, _Problem(Code.MISSING_VARIABLE, f"the variable {shown} is not set", hint)
    hint = "give it a value; in CI, a secret that does not exist arrives as an empty one"
    return None, _Problem(Code.EMPTY_VARIABLE, f"the variable {shown} is set, but empty", hint)


def _made_up(match: re.Match[str], template: str) -> str:
    """A value that is valid where it stands: all of the URL up to its path, a port, or a part of another."""
    if match.start() == 0:
        return "https://unknown-value"
    is_port = template[match.start() - 1] == ":" and re.match(r"[/?#]|$", template[match.end() :])
    return "443" if is_port else "unknown-value"


def _syntax(match: re.Match[str], template: str) -> _Problem:
    if match[1] is not None:
        message, hint = "`${…}` does not hold a name", "write `${NAME}`, or `$$` for a dollar sign"
    elif "}" in template[match.end() :]:
        message, hint = "a variable inside a variable", "write one `${NAME}` or `${NAME:-default}` at a time"
    else:
        message, hint = "`${` is not closed", "add the `}`, or write `$$` for a dollar sign"
    return _Problem(Code.VARIABLE_SYNTAX, message, hint)
