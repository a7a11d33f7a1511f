"""The lines of a file, with the scalars in each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import yaml

from defacto_webhooks.config.document import Document


class Scalar(NamedTuple):
    """A scalar in one line, or the part of one in this line. `route` is None where it is not shown."""

    start: int
    end: int
    route: tuple[str, ...] | None
    node: yaml.ScalarNode
    is_key: bool


class Lines:
    """Lines count from 1, columns from 0."""

    def __init__(self, document: Document) -> None:
        self.document = document

    @cached_property
    def texts(self) -> Sequence[str]:
        return re.split(r"\r\n|\r|\n", self.document.text)

    @cached_property
    def _scalars(self) -> dict[int, list[Scalar]]:
        found: dict[int, list[Scalar]] = {}
        if self.document.root is not None:
            for line, scalar in _scalars(self.document.root):
                found.setdefault(line, []).append(scalar)
        for scalars in found.values():
            scalars.sort(key=lambda scalar: scalar.start)
        return found

    def scalars(self, line: int) -> Sequence[Scalar]:
        """From left to right."""
        return self._scalars.get(line, ())


def _scalars(root: yaml.Node) -> Iterator[tuple[int, Scalar]]:
    """Every scalar once, by line; what goes over several lines is not shown in any."""
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
        elif isinstance(node, yaml.ScalarNode):
            start, end = node.start_mark, node.end_mark
            for line in range(start.line, end.line + 1):
                first = start.column if line == start.line else 0
                last = end.column if line == end.line else 1 << 30
                shown = route if start.line == end.line else None
                yield line + 1, Scalar(first, last, shown, node, is_key)
