"""`${NAME}`, `${NAME:-default}` or `$$`, resolved into pieces, of which some are secret."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from defacto_webhooks.config.document import Place
from defacto_webhooks.config.wrong import WRONG, OrWrong
from defacto_webhooks.diagnostics import Code, Diagnostic, Slip, finding
from defacto_webhooks.redaction import MASK, Secret, quotable, revealed
from defacto_webhooks.redaction.printable import invisible, is_visible

_TOKEN = re.compile(
    r"""\$\$
      | \$\{ (?P<name>[A-Za-z_][A-Za-z0-9_]*) (?: :- (?P<default>[^{}]*) )? \}
      | \$\{ (?P<odd>[^{}]*) \}
      | \$\{   # not closed
    """,
    re.VERBOSE,
)
_KEY_OF_DEFACTO = re.compile(r"DEFACTO_\w*API_KEY")
# GitLab's are those with a token or a password in them.
OF_THE_RUNNER: Final = (
    r"(?:GH_(?:ENTERPRISE_)?TOKEN|(?:GITHUB|ACTIONS|RUNNER|INPUT)_[A-Za-z0-9_]*"
    r"|CI_(?:JOB_TOKEN|JOB_JWT[A-Za-z0-9_]*|(?:REGISTRY|DEPLOY|DEPENDENCY_PROXY)_PASSWORD|REPOSITORY_URL))"
)
_HOST = re.compile(r"[^/?#]*://[^/?#]*[/?#]")


class Variables(NamedTuple):
    """Where values come from: first what is `written`, in the environment's `variables` or with --var, which
    is no secret; then the process, whose values are.

    `keys` are the variables of API keys, which no URL may hold, besides those that are called one of
    Defacto's; None where a key itself is resolved. With `unknown`, every variable counts as set, to a value
    that is not known.
    """

    process: Mapping[str, str]
    written: Mapping[str, OrWrong[str]] = MappingProxyType({})
    keys: frozenset[str] | None = frozenset()
    unknown: bool = False

    def all_unknown(self) -> Variables:
        return Variables({}, keys=self.keys, unknown=True)

    def __repr__(self) -> str:
        return f"Variables({', '.join(self.written)})"


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
        if match["name"]:
            shown = f"${{{quotable(match['name'])}{f':-{MASK}' if match['default'] else ''}}}"
        else:
            shown = match[0] if match["odd"] is None else f"${{{MASK}}}"
        found.append((match[0], shown))
    found.append((template[end:], None))
    return [stretch for stretch in found if stretch[0]]


def names_in(template: str) -> frozenset[str]:
    """The variables that it refers to."""
    return frozenset(match["name"] for match in _TOKEN.finditer(template) if match["name"])


def is_reserved(name: str) -> bool:
    """Whether it is a name of the CI runner, whose variables are nobody's to send anywhere."""
    return re.fullmatch(OF_THE_RUNNER, name) is not None


def resolve(template: str, variables: Variables, place: Place) -> tuple[Resolved, list[Diagnostic]]:
    """The `template` at `place` with the values in it. A value is never searched for variables."""
    pieces: list[str | Secret] = []
    names: list[str] = []
    found: list[Diagnostic] = []
    known = None
    end = 0

    def literal(start: int, end: int) -> None:
        if start < end:
            pieces.append(template[start:end])
            found.extend(_odd_literal(template[start:end], start, place))

    for match in _TOKEN.finditer(template):
        literal(end, match.start())
        end = match.end()
        if match[0] == "$$":
            pieces.append("$")
            continue
        if match["name"] is None:
            slip: Slip | None = _syntax(match, template)
        else:
            names.append(match["name"])
            piece, slip = _value(match["name"], match["default"], variables)
            if piece is None:
                known = len(pieces) if known is None else known
                piece = Secret(_made_up(match, template))
            pieces.append(piece)
        if slip:
            code, message, hint = slip
            found.append(finding(code, place.span_within(match.start(), len(match[0])), message, hint))
    literal(end, len(template))
    is_template = all(one.code is not Code.VARIABLE_SYNTAX for one in found)
    return Resolved(tuple(pieces), tuple(names), known, is_template), found


def _value(name: str, default: str | None, variables: Variables) -> tuple[str | Secret | None, Slip | None]:
    """No piece where the value is not known, with the reason where that is a mistake."""
    shown = quotable(name)
    if is_reserved(name):
        message = f"the variable {shown} belongs to the CI runner, and is never sent anywhere"
        return None, (Code.RESERVED_VARIABLE, message, "use a variable with another name")
    if variables.keys is not None and (name in variables.keys or _KEY_OF_DEFACTO.fullmatch(name)):
        message = f"the variable {shown} holds an API key, which only Defacto may get"
        return None, (Code.KEY_IN_URL, message, "give the callback its own token")
    value = variables.written.get(name)
    if value is WRONG:
        return None, None
    if value is not None:
        return value, _odd_value(shown, value)
    if variables.unknown:
        return None, None
    secret = variables.process.get(name)
    if secret:
        return Secret(secret), _odd_value(shown, secret)
    if default is not None:
        return default, _odd_value(shown, default)
    if secret is None:
        hint = f"export {shown}, or put it in an --env-file"
        if variables.keys is not None:  # a key is secret
            hint += f"; if it is not secret, pass --var {shown}=VALUE"
        return None, (Code.MISSING_VARIABLE, f"the variable {shown} is not set", hint)
    hint = "give it a value; in CI, a secret that does not exist is empty"
    return None, (Code.EMPTY_VARIABLE, f"the variable {shown} is set, but empty", hint)


def _odd_value(shown: str, value: str) -> Slip | None:
    """About a value that looks right and is not: nobody would see why a callback answers 401 to it."""
    unseen = invisible(value)
    if not unseen and value == value.strip():
        return None
    what = f"contains the invisible character {unseen}" if unseen else "begins or ends with a space"
    return (
        Code.INVISIBLE_CHARACTER,
        f"the value of {shown} {what}",
        "set it again, and copy only the text itself",
    )


def _odd_literal(text: str, start: int, place: Place) -> Iterable[Diagnostic]:
    for offset, character in enumerate(text if not is_visible(text) else ""):
        if unseen := invisible(character):
            message = f"this contains the invisible character {unseen}"
            span = place.span_within(start + offset, 1)
            yield finding(Code.INVISIBLE_CHARACTER, span, message, "delete it")


def _made_up(match: re.Match[str], template: str) -> str:
    """A value that is valid where it stands: all of the URL up to its path, a port, or a part of another."""
    if match.start() == 0:
        return "https://unknown-value"
    is_port = template[match.start() - 1] == ":" and re.match(r"[/?#]|$", template[match.end() :])
    return "443" if is_port else "unknown-value"


def _syntax(match: re.Match[str], template: str) -> Slip:
    if match["odd"] is not None:
        message, hint = "`${…}` does not contain a name", "write `${NAME}`, or `$$` for a dollar sign"
    elif "}" in template[match.end() :]:
        message, hint = "a variable inside a variable", "write one `${NAME}` or `${NAME:-default}` at a time"
    else:
        message, hint = "`${` is not closed", "add the `}`, or write `$$` for a dollar sign"
    return Code.VARIABLE_SYNTAX, message, hint
