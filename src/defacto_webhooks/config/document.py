"""YAML text → plain data, and routes through it → places in the text.

The C parser only composes nodes; the data is built from them here, so that every value keeps its line
and column, a duplicate key is noticed, and `no` is the string that YAML 1.2 says it is.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import yaml

from defacto_webhooks.config.codes import Code, finding
from defacto_webhooks.diagnostics import Diagnostic, InvalidConfig, Span
from defacto_webhooks.redaction import quotable

Route = tuple[str | int, ...]

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_DEPTH: Final = 50
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLACEHOLDER = re.compile(r"\$?\{\w*\}")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]")
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_MAX_UNFOLDED: Final = 1_000  # mappings that stand for an alias: an entry is not written down by one
_AN_ALIAS: Final = (
    "expected alphabetic or numeric character"  # libyaml, of an anchor or an alias without a name
)
_PLAIN_TAGS: Final = frozenset(
    f"tag:yaml.org,2002:{kind}"
    for kind in ("str", "int", "float", "bool", "null", "map", "seq", "timestamp", "value", "merge")
)


class Document(NamedTuple):
    """One parsed file. `data` is dicts, lists and scalars; `span` finds where a part of it stands."""

    file: str
    text: str
    data: Any
    root: yaml.Node

    def __repr__(self) -> str:
        return f"Document({self.file})"  # nothing of what stands in it

    def span(self, route: Route, *, key: bool = False) -> Span:
        """The place of the value at `route`, or of its key; of the nearest parent where it is missing."""
        node, found_key = self._node(route)
        return span_of(self.file, found_key if key and found_key is not None else node)

    def span_within(self, route: Route, offset: int, length: int) -> Span:
        """The place of a stretch of the text at `route`; of all of it where it is not written as it reads."""
        node, _ = self._node(route)
        span = span_of(self.file, node)
        start, end = node.start_mark, node.end_mark
        if start is None or end is None or start.line != end.line:
            return span
        raw = self.text[start.index : end.index]
        quotes = 1 if raw[:1] in {"'", '"'} else 0
        if raw[quotes : len(raw) - quotes] != node.value:
            return span
        column = span.column + quotes + offset
        return Span(self.file, span.line, column, column + length)

    def _node(self, route: Route) -> tuple[yaml.Node, yaml.Node | None]:
        node, found_key = self.root, None
        for part in route:
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


def span_of(file: str, node: yaml.Node) -> Span:
    start, end = node.start_mark, node.end_mark
    if start is None or end is None:  # only for nodes that no text was parsed into
        return Span(file, 1, 1)
    end_column = end.column + 1 if end.line == start.line else 0
    return Span(file, start.line + 1, start.column + 1, end_column)


def decode(raw: bytes, file: str) -> str:
    """The text of a file; raises InvalidConfig for what is not UTF-8 or holds control characters."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InvalidConfig([_syntax(file, 1, 1, "the file is UTF-16", "save it as UTF-8")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        column = len(before) - before.rfind(b"\n")
        raise InvalidConfig(
            [_syntax(file, before.count(b"\n") + 1, column, "the file is not UTF-8 here", "save it as UTF-8")]
        ) from None
    control = _CONTROL.search(text)
    if control:
        line = text.count("\n", 0, control.start()) + 1
        column = control.start() - text.rfind("\n", 0, control.start())
        what = f"a control character (U+{ord(control[0]):04X})"
        raise InvalidConfig([_syntax(file, line, column, what, "delete it")])
    return text


def compose(text: str, file: str) -> yaml.Node:
    """The nodes of one YAML document. Raises InvalidConfig with the place of the first mistake."""
    if _may_be_deep(text):
        _check_depth(text, file)
    try:
        root: yaml.Node | None = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise InvalidConfig([_from_yaml(error, file, text)]) from None
    if root is None:
        raise InvalidConfig(
            [
                finding(
                    Code.EMPTY_FILE,
                    Span(file, 1, 1),
                    "the file is empty",
                    "begin it with `version: 1`",
                )
            ]
        )
    return root


def build(root: yaml.Node, text: str, file: str) -> Document:
    """The data in the nodes of `text`. Raises InvalidConfig with the place of everything wrong with it."""
    builder = _Builder(file, len(text))
    data = builder.build(root, 0)
    if builder.problems:
        raise InvalidConfig(builder.problems)
    return Document(file, text, data, root)


def _may_be_deep(text: str) -> bool:
    """A quick look that never says no to a deep file: brackets that are certainly closed, and indentation."""
    depth = 0
    for line in _PLACEHOLDER.sub("", text).splitlines():
        if len(line) - len(line.lstrip(" -?:")) > MAX_DEPTH:
            return True
        opened = line.count("[") + line.count("{")
        if not opened and not depth:
            continue
        depth += opened
        if depth > MAX_DEPTH:
            return True
        # A closing bracket in quotes or a comment closes nothing.
        if not any(mark in line for mark in "\"'#"):
            depth = max(0, depth - line.count("]") - line.count("}"))
    return False


def _check_depth(text: str, file: str) -> None:
    """Before the nodes are composed: that recurses in C, and a deep file would crash the interpreter."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH and (mark := event.start_mark):
                    what = f"nested more than {MAX_DEPTH} levels deep"
                    raise InvalidConfig([_syntax(file, mark.line + 1, mark.column + 1, what, "")])
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.YAMLError as error:
        raise InvalidConfig([_from_yaml(error, file, text)]) from None


@contextmanager
def collector_off() -> Iterator[None]:
    """Composing makes many objects and no garbage; the cyclic collector would triple its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _syntax(file: str, line: int, column: int, message: str, hint: str) -> Diagnostic:
    return finding(Code.YAML_SYNTAX, Span(file, line, column), message, hint)


def _from_yaml(error: yaml.YAMLError, file: str, text: str) -> Diagnostic:
    mark = getattr(error, "problem_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    problem = str(getattr(error, "problem", None) or "this is not YAML")
    lines = text.splitlines()
    here = lines[line - 1] if line <= len(lines) else ""
    hint = ""
    opened: yaml.Mark | None
    if (
        "\t" in here[: max(column, 1)]
        or "\\t" in problem
        or "found character that cannot start any token" in problem
    ):
        if "\t" in here:
            problem, hint = "a tab; YAML is indented with spaces", "replace each tab with spaces"
    elif "nesting depth" in problem:  # PyYAML from 6.0.4 on has a limit of its own
        problem = f"nested more than {MAX_DEPTH} levels deep"
    elif "expected a single document" in problem or "another document" in problem:
        problem, hint = "a second document begins here", "one file holds one document; remove the `---`"
    elif "expected ',' or" in problem:
        opened = getattr(error, "context_mark", None)
        if opened:  # where it was noticed may be far below
            hint = f"close it; without that, line {line} makes no sense"
            return _syntax(file, opened.line + 1, opened.column + 1, "this bracket is not closed", hint)
    elif "quoted scalar" in str(getattr(error, "context", "")) and "unexpected end" in problem:
        opened = getattr(error, "context_mark", None)
        if opened:
            return _syntax(file, opened.line + 1, opened.column + 1, "this quote is not closed", "close it")
    elif _AN_ALIAS in problem or "undefined alias" in problem:
        hint = 'put a glob in quotes: ["*"]; a plain `*` begins an alias, `&` an anchor'
    elif "cannot start any token" in problem:
        problem, hint = "a value can't begin with this character", "put the value in quotes"
    elif "mapping values are not allowed" in problem:
        hint = "quote a value that has a colon in it, or check the indentation"
    return _syntax(file, line, column, re.sub(r"'[^']{40,}'", "…", problem), hint)


class _Builder:
    """Plain data from nodes. Aliases are followed, but not to the point of an explosion."""

    def __init__(self, file: str, size: int) -> None:
        self.file = file
        self.problems: list[Diagnostic] = []
        self._budget = max(10_000, 2 * size)
        self._mappings: set[int] = set()
        self._unfolded = 0

    def build(self, node: yaml.Node, depth: int) -> Any:
        self._budget -= 1
        is_too_much = self._budget < 0 or self._unfolded > _MAX_UNFOLDED
        if depth > MAX_DEPTH or is_too_much:
            what = "aliases that unfold to more than the file can mean" if is_too_much else "nested too deep"
            raise InvalidConfig([*self.problems, self._problem(Code.YAML_SYNTAX, node, what, "")])
        if node.tag not in _PLAIN_TAGS:
            hint = "write the value without it; tags are never carried out"
            self.problems.append(self._problem(Code.YAML_TAG, node, "a YAML tag has no meaning here", hint))
            return None
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, depth + 1) for child in node.value]
        return self._mapping(node, depth)

    def _mapping(self, node: yaml.Node, depth: int) -> dict[Any, Any]:
        if id(node) in self._mappings:
            self._unfolded += 1
        self._mappings.add(id(node))
        data: dict[Any, Any] = {}
        first: dict[Any, yaml.Node] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(
                    self._problem(Code.WRONG_TYPE, key_node, "a key must be a plain word", "")
                )
                continue
            key = key_node.value
            if key in data:
                line = first[key].start_mark.line + 1
                message = f"{quotable(key)!r} is there twice; the first is in line {line}"
                self.problems.append(self._problem(Code.DUPLICATE_KEY, key_node, message, "keep one of them"))
                continue
            first[key] = key_node
            data[key] = self.build(value_node, depth + 1)
        return data

    def _problem(self, code: Code, node: yaml.Node, message: str, hint: str) -> Diagnostic:
        return finding(code, span_of(self.file, node), message, hint)


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
            return int(text, 0) if text[:2] in {"0o", "0x"} else int(text) if len(text) < 40 else text
        if _FLOAT.fullmatch(text):
            return float(text)
    return text
