"""The lines of a file, with the scalars in each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import yaml

from defacto_webhooks.config.document import Document, scalars


class Scalar(NamedTuple):
    """A scalar in one line, or the part of one in this line. `route` is None where it is not shown: what goes
    over several lines is not shown in any.
    """

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
        for node, route, is_key in scalars(self.document.root) if self.document.root else ():
            start, end = node.start_mark, node.end_mark
            for line in range(start.line, end.line + 1):
                first = start.column if line == start.line else 0
                last = end.column if line == end.line else 1 << 30
                shown = route if start.line == end.line else None
                found.setdefault(line + 1, []).append(Scalar(first, last, shown, node, is_key))
        for in_line in found.values():
            in_line.sort(key=lambda scalar: scalar.start)
        return found

    def scalars(self, line: int) -> Sequence[Scalar]:
        """From left to right."""
        return self._scalars.get(line, ())
