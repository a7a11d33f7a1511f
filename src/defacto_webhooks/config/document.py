"""YAML text as plain data that knows its places in the text.

The C parser only composes nodes; the data is made from them here, so that every value keeps its line and
column, a duplicate key is noticed, and `no` is the word that YAML 1.2 says it is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import yaml

from defacto_webhooks.config.reading import decode
from defacto_webhooks.config.wrong import WRONG
from defacto_webhooks.config.yaml_errors import explained
from defacto_webhooks.diagnostics import Code, Diagnostic, Span, finding
from defacto_webhooks.redaction import quotable

Route = tuple[str | int, ...]

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MAX_DEPTH: Final = 50
_MAX_REPEATED: Final = 1_000  # mappings that an alias stands for: nobody writes a list of entries that way
# Line ends in YAML 1.1, which the parser speaks, and plain characters in YAML 1.2 and in every editor.
_LINE_ENDS_OF_1_1: Final = str.maketrans("\x85\u2028\u2029", "\ufdd0\ufdd1\ufdd2")
_BACK: Final = {new: old for old, new in _LINE_ENDS_OF_1_1.items()}
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_PLAIN_TAGS: Final = frozenset(
    f"tag:yaml.org,2002:{kind}"
    for kind in ("str", "int", "float", "bool", "null", "map", "seq", "timestamp", "value", "merge")
)


class Document(NamedTuple):
    """One file as it was read.

    `data` is dicts, lists and scalars, with `WRONG` for what there is a finding about. Where the text is not
    YAML, that is all of it, and there is no `root`.
    """

    file: str
    text: str
    root: yaml.Node | None
    data: Any

    def __repr__(self) -> str:
        return f"Document({self.file})"  # nothing of what is in it

    def at(self, *route: str | int) -> Place:
        return Place(self, route)


class Place(NamedTuple):
    """Where a value is, or its nearest parent that is there. Looked up on demand, as few ever are."""

    document: Document
    route: Route

    def at(self, *route: str | int) -> Place:
        """A place further in."""
        return Place(self.document, (*self.route, *route))

    @property
    def span(self) -> Span:
        return _span(self.document.file, self._nodes()[0])

    @property
    def key_span(self) -> Span:
        """Of its key in the mapping around it, where it has one."""
        value, key = self._nodes()
        return _span(self.document.file, key or value)

    def span_within(self, offset: int, length: int) -> Span:
        """Of a stretch of the text; of all of it where it is not written as it reads."""
        node, span = self._nodes()[0], self.span
        if node is None or span.end_column == 0:
            return span
        raw = self.document.text[node.start_mark.index : node.end_mark.index]
        quotes = 1 if raw[:1] in {"'", '"'} else 0
        if raw[quotes : len(raw) - quotes] != node.value:
            return span
        column = span.column + quotes + offset
        return Span(span.file, span.line, column, column + length)

    def _nodes(self) -> tuple[yaml.Node | None, yaml.Node | None]:
        """The value, and its key."""
        node, found_key = self.document.root, None
        for part in self.route:
            if isinstance(node, yaml.MappingNode):
                pair = next(((k, v) for k, v in node.value if k.value == part), None)
                if pair is None:
                    break
                found_key, node = pair
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                found_key, node = None, node.value[part]
            else:
                break
        return node, found_key


def read(raw: bytes, file: str) -> tuple[Document, list[Diagnostic]]:
    """The file of that name, and all that is wrong with it as YAML."""
    text, found = decode(raw, file)
    if found:
        return Document(file, text, None, WRONG), found
    try:
        root = _composed(text)
    except (yaml.YAMLError, RecursionError) as error:
        return Document(file, text, None, WRONG), [explained(error, file, text)]
    if root is None:
        empty = finding(Code.EMPTY_FILE, Span(file, 1, 1), "the file is empty", "start it with `version: 1`")
        return Document(file, text, None, WRONG), [empty]
    builder = _Builder(file, len(text))
    try:
        data = builder.data(root, 0)
    except _TooMuch as error:
        data = WRONG
        builder.found.append(finding(Code.YAML_SYNTAX, _span(file, error.node), str(error)))
    return Document(file, text, root, data), builder.found


def _composed(text: str) -> yaml.Node | None:
    parsed = text.translate(_LINE_ENDS_OF_1_1) if not text.isascii() else text
    root: yaml.Node | None = yaml.compose(parsed, Loader=_LOADER)
    if parsed != text and root is not None:
        for scalar, _, _ in scalars(root):
            scalar.value = scalar.value.translate(_BACK)
    return root


def scalars(root: yaml.Node) -> Iterator[tuple[yaml.ScalarNode, tuple[str, ...] | None, bool]]:
    """Every scalar once, whatever aliases there are, with the fields that lead to it and whether it is a key.

    Those of a key are none, and of what is under a key that is no scalar they are not known: None.
    """
    seen: set[int] = set()
    waiting: list[tuple[yaml.Node, tuple[str, ...] | None, bool]] = [(root, (), False)]
    while waiting:
        node, route, is_key = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                is_named = isinstance(key, yaml.ScalarNode) and route is not None
                waiting.append((key, (), True))
                waiting.append((value, (*(route or ()), str(key.value)) if is_named else None, False))
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(item, route, False) for item in node.value]
        elif isinstance(node, yaml.ScalarNode):
            yield node, route, is_key


class _TooMuch(Exception):
    """Nothing that somebody wrote by hand."""

    def __init__(self, node: yaml.Node, message: str) -> None:
        super().__init__(message)
        self.node = node


class _Builder:
    """Plain data from nodes. Aliases are followed, but not to the point of an explosion."""

    def __init__(self, file: str, size: int) -> None:
        self.found: list[Diagnostic] = []
        self._file = file
        self._left = max(10_000, 2 * size)
        self._mappings: set[int] = set()
        self._repeated = 0

    def data(self, node: yaml.Node, depth: int) -> Any:
        """Raises _TooMuch."""
        self._left -= 1
        if depth > _MAX_DEPTH:
            raise _TooMuch(node, f"nested more than {_MAX_DEPTH} levels deep")
        if self._left < 0 or self._repeated > _MAX_REPEATED:
            raise _TooMuch(node, "these aliases expand to far too much")
        if node.tag not in _PLAIN_TAGS:
            hint = "remove the tag: tags are never executed"
            return self._wrong(Code.YAML_TAG, node, "YAML tags are not supported", hint)
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return [self.data(child, depth + 1) for child in node.value]
        return self._mapping(node, depth)

    def _mapping(self, node: yaml.Node, depth: int) -> dict[str, Any]:
        if id(node) in self._mappings:
            self._repeated += 1
        self._mappings.add(id(node))
        data: dict[str, Any] = {}
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._wrong(Code.WRONG_TYPE, key_node, "a key must be plain text", "")
                continue
            key = str(key_node.value)
            if key in data:
                message = f"duplicate key {quotable(key)!r}; the first is on line {first[key]}"
                self._wrong(Code.DUPLICATE_KEY, key_node, message, "keep one of them")
                continue
            first[key] = key_node.start_mark.line + 1
            data[key] = self.data(value_node, depth + 1)
        return data

    def _wrong(self, code: Code, node: yaml.Node, message: str, hint: str) -> Any:
        self.found.append(finding(code, _span(self._file, node), message, hint))
        return WRONG


def _span(file: str, node: yaml.Node | None) -> Span:
    if node is None:
        return Span(file, 1, 1)
    start, end = node.start_mark, node.end_mark
    return Span(file, start.line + 1, start.column + 1, end.column + 1 if end.line == start.line else 0)


def _scalar(node: yaml.ScalarNode) -> object:
    text = str(node.value)
    if node.style:  # quoted or a block; plain is "" for the C parser, None for the other
        return text
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if text[0] in "+-.0123456789":
        if _INTEGER.fullmatch(text):
            return int(text, 0) if text[:2] in {"0o", "0x"} else int(text) if len(text) < 1000 else math.inf
        if _FLOAT.fullmatch(text):
            return float(text)
        if _NO_NUMBER.fullmatch(text):
            return float(text.replace(".", ""))
    return text
