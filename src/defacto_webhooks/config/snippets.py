"""The offending line as it may be shown.

It is built from what the parser says is in it: fields by name, URLs as far as a URL is shown, references to
variables by name. The rest is `***`, and so is all of a file that can't be parsed but the words of the
format itself: nothing is searched for what looks like a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from defacto_webhooks.config.ignores import COMMENT
from defacto_webhooks.config.lines import Lines, Scalar
from defacto_webhooks.config.schema import MODELS
from defacto_webhooks.config.variables import parts
from defacto_webhooks.diagnostics import Snippet, Span
from defacto_webhooks.events import EVENT_TYPES
from defacto_webhooks.redaction import MASK, Shown, quotable, redacted

_WORDS: Final = frozenset(
    {
        *(field for model in MODELS for field in model.model_fields),
        *EVENT_TYPES,
        *("embedded", "true", "false", "replace", "patch", "event_type", "entity"),
    }
)
_LONGEST: Final = 5_000  # characters; what is longer is not for reading
_NUMBER = re.compile(r"[0-9]{1,3}")
_MARKS: Final = " \t-:,[]{}?|>'\""
_CHUNK = re.compile(r"([-\[\]{},:?|>'\"]*)(.*?)([\]\[{},:'\"]*)")


def snippet(lines: Lines, span: Span) -> Snippet | None:
    """The line of `span` as it may be shown, and where in it the span is."""
    if span.line > len(lines.texts) or len(raw := lines.texts[span.line - 1]) > _LONGEST:
        return None
    is_yaml = lines.document.root is not None
    shown = [*(_of_known(raw, lines.scalars(span.line)) if is_yaml else _of_unknown(raw))]
    start, _ = _shown_at(shown, span.column - 1)
    _, end = _shown_at(shown, span.end_column - 2) if span.end_column else (0, 0)
    return Snippet("".join(part.text for part in shown).rstrip(), start, max(end, start + 1))


def _of_known(raw: str, scalars: Iterable[Scalar]) -> Iterator[Shown]:
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
            comment = COMMENT.match(raw, chunk.start())
            if comment and quotable(comment[1]) == comment[1]:
                yield Shown(len(comment[0]), comment[0])
            return
        known = all(mark in _MARKS for mark in chunk[0])
        yield Shown(len(chunk[0]), chunk[0] if known else MASK)


def _of_scalar(raw: str, scalar: Scalar) -> Iterable[Shown]:
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
    """A line of what is not YAML: the words of the format, and the marks around them."""
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


def _shown_at(shown: Iterable[Shown], column: int) -> tuple[int, int]:
    """Where a character of the file is in what is shown: from, and up to."""
    at = 0
    for part in shown:
        if column < part.length:
            is_as_written = len(part.text) == part.length
            return (at + column, at + column + 1) if is_as_written else (at, at + len(part.text))
        column -= part.length
        at += len(part.text)
    return at + column, at
