"""What an output format is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Any, NamedTuple

from defacto_webhooks.render.style import Style


class Syntax(Enum):
    """What a text has to stay when it is printed where a CI provider reads commands out of the log."""

    WORDS = auto()  # for people
    JSON = auto()  # the same JSON value
    COMMANDS = auto()  # commands for the provider, all of them ours


class Format(NamedTuple):
    """An output format: how it shows each kind of value. Renderers are pure and return no line end."""

    renderers: Mapping[type, Callable[[Any, Style], str]]
    syntax: Syntax = Syntax.WORDS
