"""What the package exports can be typed against; `make lint` shows the program of it to two type checkers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import get_args, get_type_hints

import pytest
from pydantic import BaseModel

import defacto_webhooks
from tests.type_checkers import PROGRAM

EXPORTED = set(vars(defacto_webhooks)["__all__"])


def test_the_program_uses_all_that_is_exported() -> None:
    tree = ast.parse(PROGRAM.read_text())
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "defacto_webhooks"
        for alias in node.names
    }
    assert imported == EXPORTED


def test_every_exported_name_is_there() -> None:
    for name in EXPORTED:
        assert getattr(defacto_webhooks, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = defacto_webhooks.nonsense  # type: ignore[attr-defined]


def attribute_types(exported: type) -> Iterator[object]:
    """The types of its public attributes, be they fields or properties."""
    if issubclass(exported, BaseModel):
        yield from (field.annotation for field in exported.model_fields.values())
    else:
        yield from (hint for name, hint in get_type_hints(exported).items() if name[0] != "_")
    for name, member in vars(exported).items():
        if isinstance(member, property) and name[0] != "_":
            yield get_type_hints(member.fget)["return"]


def classes_in(hint: object) -> Iterator[type]:
    """Those of the package."""
    if isinstance(hint, type) and hint.__module__.startswith("defacto_webhooks"):
        yield hint
    for inner in get_args(hint):
        yield from classes_in(inner)


@pytest.mark.parametrize("name", sorted(EXPORTED))
def test_the_types_of_public_attributes_are_exported_too(name: str) -> None:
    exported = getattr(defacto_webhooks, name)
    if isinstance(exported, type):
        needed = {found.__name__ for hint in attribute_types(exported) for found in classes_in(hint)}
        assert needed <= EXPORTED
