"""Why a text is not YAML, in words that do not need the grammar.

What the parser itself says is shown for what nobody has met yet. It knows libyaml's words, and those of the
parser in Python, which say the same a little differently.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import yaml

from defacto_webhooks.diagnostics import Code, Diagnostic, Span, finding


class _Case(NamedTuple):
    """`says` is looked for in what the parser was doing and what it met there.

    `begun`: the place is where that began, and `{line}` in the hint is the line where it ended.
    """

    says: str
    message: str
    hint: str
    begun: bool = False


_QUOTES: Final = "put the value in quotes"
_BAD_START: Final = "a value can't start with this character"
_CASES: Final = (
    _Case(
        "maximum nesting depth|recursion depth",
        "nested too many levels deep",
        "no file needs more than six levels",
    ),
    _Case(
        "flow (sequence|mapping).*expected ',' or",
        "this bracket is not closed",
        "close it: reading stopped at line {line}",
        begun=True,
    ),
    _Case("quoted scalar.*unexpected end", "this quote is not closed", "close it", begun=True),
    _Case(
        "alphabetic or numeric character|undefined alias",
        "a plain `*` starts an alias, and `&` an anchor",
        'put a glob in quotes: ["*"]',
        begun=True,
    ),
    _Case(
        "second occurrence|duplicate anchor",
        "this anchor (`&…`) is already used above",
        "give it another name",
    ),
    _Case(
        "YAML document|version number|directive name|directive",
        "a line that begins with `%` is a YAML directive",
        "remove the line",
    ),
    _Case(
        "<document start>",
        "the document ended above, at the `...`",
        "a file is one document: remove the `...`",
    ),
    _Case("another document", "a second document starts here", "a file is one document: remove the `---`"),
    _Case("tab character", "this is a tab, but YAML is indented with spaces", "replace each tab with spaces"),
    _Case("start any token|expected (the )?node content", _BAD_START, _QUOTES),
    _Case("(keys|entries) are not allowed", _BAD_START, _QUOTES),
    _Case(
        "values are not allowed",
        "unexpected colon",
        "put a value with a colon in quotes, or fix the indentation",
    ),
    _Case(
        "could not find expected ':'",
        "this line is not `field: value`",
        "put a colon and a space after the field's name",
        begun=True,
    ),
    _Case(
        "unknown escape",
        "invalid escape in double quotes",
        "use single quotes, or write two backslashes",
    ),
    _Case("block scalar", "`|` or `>` starts a block of lines", _QUOTES, begun=True),
    _Case(
        "expected key|expected <block end>",
        "this does not belong here",
        "fix the indentation, or put a value that has quotes in the other kind of quotes",
    ),
)


def explained(error: yaml.YAMLError | RecursionError, file: str, text: str) -> Diagnostic:
    """The finding about `text` for which the parser gave up."""
    begun, here = getattr(error, "context_mark", None), getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or error)
    if here and text[here.index : here.index + 1] == "\t":
        problem = "a tab character"
    told = f"{getattr(error, 'context', None)}: {problem}"
    generic = _Case("", re.sub("'[^']*'", "…", problem), "")
    case = next((case for case in _CASES if re.search(case.says, told, re.DOTALL)), generic)
    mark = begun if case.begun and begun else here
    span = Span(file, mark.line + 1, mark.column + 1) if mark else Span(file, 1, 1)
    hint = case.hint.replace("{line}", str(here.line + 1 if here else 1))
    return finding(Code.YAML_SYNTAX, span, case.message, hint)
