"""What may be shown of a line of the file, and what its comments say.

A line is built from what the parser says stands in it: fields by name, URLs as far as a URL is shown,
references to variables by name. The rest is `***`, and so is all of a file that can't be parsed but the
words of the format itself: nothing is searched for what looks like a secret.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import yaml

from defacto_webhooks.config.codes import Code, finding
from defacto_webhooks.config.schema import (
    EnvironmentShape,
    FileShape,
    ScopeShape,
    SettingsShape,
    WebhookShape,
)
from defacto_webhooks.config.variables import parts
from defacto_webhooks.diagnostics import Diagnostic, Snippet, Span
from defacto_webhooks.events import EVENT_TYPES
from defacto_webhooks.redaction import MASK, Shown, quotable, redacted

_IGNORE = re.compile(r"#\s*defacto-webhooks:\s*ignore\[([^\]]*)\]")
_WORDS: Final = frozenset(
    {
        *(
            field.name
            for shape in (FileShape, EnvironmentShape, SettingsShape, ScopeShape, WebhookShape)
            for field in dataclasses.fields(shape)
        ),
        *EVENT_TYPES,
        *("embedded", "true", "false", "replace", "patch", "event_type", "entity"),
    }
)
_NUMBER = re.compile(r"[0-9]{1,3}")
_MARKS: Final = " \t-:,[]{}?|>'\""
_CHUNK = re.compile(r"([-\[\]{},:?|>'\"]*)(.*?)([\]\[{},:'\"]*)")


class _Scalar(NamedTuple):
    """A scalar in one line, or the part of one in this line. `route` is None for what is not shown."""

    start: int
    end: int
    route: tuple[str, ...] | None
    node: yaml.ScalarNode
    is_key: bool


class Page:
    """One file, as far as it was understood: `root` is None where it is no YAML."""

    def __init__(self, text: str, root: yaml.Node | None = None) -> None:
        self._text = text
        self._root = root
        self._has_ignores = "ignore[" in text
        self._made: tuple[list[str], dict[int, list[_Scalar]]] | None = None

    def _index(self) -> tuple[list[str], dict[int, list[_Scalar]]]:
        """Its lines, and the scalars in each; made when a line is asked for, as few files need it."""
        if self._made is None:
            found: dict[int, list[_Scalar]] = {}
            if self._root is not None:
                for line, scalar in _scalars(self._root):
                    found.setdefault(line, []).append(scalar)
            for scalars in found.values():
                scalars.sort(key=lambda scalar: scalar.start)
            self._made = self._text.splitlines(), found
        return self._made

    def snippet(self, span: Span) -> Snippet | None:
        """The line of `span` as it may be shown, and where in it the span is."""
        lines, scalars = self._index()
        if not span.line <= len(lines):
            return None
        raw = lines[span.line - 1]
        if self._root is None:
            shown = list(_of_unknown(raw))
        else:
            shown = list(_of_known(raw, scalars.get(span.line - 1, ())))
        start = _shown_column(shown, span.column - 1)
        end = _shown_column(shown, span.end_column - 1, end=True) if span.end_column else start + 1
        return Snippet("".join(part.text for part in shown).rstrip(), start, max(end, start + 1))

    def ignored(self, line: int) -> frozenset[str]:
        """The codes that a comment in `line` (from 1) tells to ignore."""
        if not self._has_ignores:
            return frozenset()
        lines, _ = self._index()
        found = self._comment(line) if line <= len(lines) else None
        return frozenset(_codes(found[1])) if found else frozenset()

    def wrong_ignores(self, file: str) -> Iterator[Diagnostic]:
        """Comments that ignore what does not exist or can't be ignored."""
        if not self._has_ignores:
            return
        for number in range(1, len(self._index()[0]) + 1):
            found = self._comment(number)
            for name in _codes(found[1]) if found else ():
                known = next((code for code in Code if code == name), None)
                if known is None or not known.can_be_ignored:
                    what = "there is no code" if known is None else "an error can't be ignored:"
                    start = found.start() + 1 if found else 1
                    yield finding(
                        Code.INVALID_IGNORE,
                        Span(file, number, start),
                        f"{what} {quotable(name)!r}",
                        "warnings, insecure-url, unreachable-url and slack-incoming-webhook can be ignored",
                    )

    def _comment(self, line: int) -> re.Match[str] | None:
        """The comment in `line` that ignores something; a `#` inside of a value begins none."""
        lines, scalars = self._index()
        for found in _IGNORE.finditer(lines[line - 1]):
            at = found.start()
            is_in_value = any(s.start <= at < s.end for s in scalars.get(line - 1, ()))
            if not is_in_value and (at == 0 or lines[line - 1][at - 1] in " \t"):
                return found
        return None


def _codes(inside: str) -> list[str]:
    return [code.strip() for code in inside.split(",") if code.strip()]


def _scalars(root: yaml.Node) -> Iterator[tuple[int, _Scalar]]:
    """Every scalar of the file once, by line; what goes over several lines is shown in none."""
    seen: set[int] = set()
    waiting: list[tuple[yaml.Node, tuple[str, ...] | None, bool]] = [(root, (), False)]
    while waiting:
        node, route, is_key = waiting.pop()
        if id(node) in seen:  # an alias
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                is_named = isinstance(key, yaml.ScalarNode) and route is not None
                waiting.append((key, (), True))
                waiting.append((value, (*(route or ()), str(key.value)) if is_named else None, False))
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(item, route, False) for item in node.value]
        elif isinstance(node, yaml.ScalarNode) and (start := node.start_mark) and (end := node.end_mark):
            one_line = start.line == end.line
            for line in range(start.line, end.line + 1):
                first = start.column if line == start.line else 0
                last = end.column if line == end.line else 1 << 30
                yield line, _Scalar(first, last, route if one_line else None, node, is_key)


def _of_known(raw: str, scalars: Iterable[_Scalar]) -> Iterator[Shown]:
    at = 0
    for scalar in scalars:
        yield from _of_marks(raw[at : scalar.start])
        stretch = raw[scalar.start : scalar.end]
        at = scalar.start + len(stretch)
        yield from _of_scalar(stretch, scalar)
    yield from _of_marks(raw[at:])


def _of_marks(raw: str) -> Iterator[Shown]:
    """Between the values: brackets and commas; a comment, an anchor, an alias or a tag is not shown."""
    for chunk in re.finditer(r"\s+|[^\s]+", raw):
        if chunk[0].startswith("#"):
            comment = _IGNORE.match(raw, chunk.start())
            if comment and quotable(comment[1]) == comment[1]:
                yield Shown(len(comment[0]), comment[0])
            return
        known = all(mark in _MARKS for mark in chunk[0])
        yield Shown(len(chunk[0]), chunk[0] if known else MASK)


def _of_scalar(raw: str, scalar: _Scalar) -> Iterable[Shown]:
    quote = raw[:1] if raw[:1] in {"'", '"'} and len(raw) > 1 and raw[-1:] == raw[:1] else ""
    inner = raw[len(quote) : len(raw) - len(quote)]
    hidden = [Shown(len(raw), MASK if raw else "")]
    if scalar.route is None or inner != scalar.node.value:  # also where there are escapes in it
        return hidden
    around = [Shown(len(quote), quote)] if quote else []
    match "key" if scalar.is_key else _kind(scalar.route):
        case "url":
            return [*around, *redacted(parts(inner)), *around]
        case "secret":
            template = parts(inner)
            return [*around, *(Shown(len(text), shown or MASK) for text, shown in template), *around]
        case "word" | "key" if quotable(inner) == inner:
            return [Shown(len(raw), raw)]
        case _:
            return hidden


def _kind(route: tuple[str, ...]) -> str:
    """What a value is, by the fields that lead to it."""
    match route:
        case ("webhooks", "to_url") | ("environments", _, "api_url"):
            return "url"
        case ("environments", _, "api_key"):
            return "secret"
        case ("webhooks", field) if field in _WORDS:
            return "word"
        case ("environments", _, "variables", _) | ("version" | "default_environment",):
            return "word"
        case ("settings", *fields) if _WORDS.issuperset(fields):
            return "word"
        case _:
            return ""


def _of_unknown(raw: str) -> Iterator[Shown]:
    """A line of what is no YAML: the words of the format, and what stands around them."""
    for chunk in re.findall(r"\s+|[^\s]+", raw):
        match = _CHUNK.fullmatch(chunk)
        if chunk.isspace() or match is None:
            yield Shown(len(chunk), chunk)
            continue
        if chunk.startswith("#"):
            return
        before, core, after = match.groups()
        known = not core or core in _WORDS or _NUMBER.fullmatch(core)
        yield Shown(len(before), before)
        yield Shown(len(core), core if known else MASK)
        yield Shown(len(after), after)


def _shown_column(shown: Iterable[Shown], column: int, *, end: bool = False) -> int:
    """Where a column of the file is in what is shown; inside of `***`, at its start or its end."""
    at = 0
    for part in shown:
        if column < part.length or (end and column == part.length):
            return at + (column if len(part.text) == part.length else len(part.text) if end and column else 0)
        column -= part.length
        at += len(part.text)
    return at + max(0, column) if not end else at
