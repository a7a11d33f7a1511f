"""The part of GitHub's expressions that our workflows use. What it does not know is an error, not a guess.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_TOKEN = re.compile(r"\s*(?:('(?:[^']|'')*')|([A-Za-z_][\w-]*)|(==|!=|&&|\|\||[().!,]))")


class _Parser:
    def __init__(self, text: str, context: Mapping[str, Any]) -> None:
        self._context = context
        self._tokens: list[str] = []
        end = 0
        text = text.strip()
        while end < len(text):
            match = _TOKEN.match(text, end)
            assert match, f"what is {text[end:]!r}?"
            self._tokens.append(match[0].strip())
            end = match.end()

    def _take(self, *wanted: str) -> bool:
        if self._tokens and self._tokens[0] in wanted:
            self._tokens.pop(0)
            return True
        return False

    def whole(self) -> Any:
        value = self._or()
        assert not self._tokens, self._tokens
        return value

    def _or(self) -> Any:
        value = self._and()
        while self._take("||"):
            other = self._and()
            value = value if _true(value) else other
        return value

    def _and(self) -> Any:
        value = self._comparison()
        while self._take("&&"):
            other = self._comparison()
            value = other if _true(value) else value
        return value

    def _comparison(self) -> Any:
        value = self._one()
        if self._take("=="):
            return _same(value, self._one())
        if self._take("!="):
            return not _same(value, self._one())
        return value

    def _one(self) -> Any:
        if self._take("!"):
            return not _true(self._one())
        if self._take("("):
            value = self._or()
            assert self._take(")")
            return value
        token = self._tokens.pop(0)
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if self._take("("):
            argument = self._or()
            assert self._take(")")
            assert token == "fromJSON", token
            return json.loads(argument)
        value = self._context[token]  # an unknown context is an error, an unknown property is empty
        while self._take("."):
            name = self._tokens.pop(0)
            value = value.get(name, "") if isinstance(value, Mapping) else ""
        return value


def _true(value: Any) -> bool:
    return value not in ("", 0, False, None)


def _same(one: Any, other: Any) -> bool:
    return str(one).lower() == str(other).lower()


def condition(text: str, context: Mapping[str, Any]) -> bool:
    """An `if:`."""
    return _true(_Parser(text.removeprefix("${{").removesuffix("}}"), context).whole())


def fill(text: Any, context: Mapping[str, Any]) -> Any:
    """`text` with its `${{ … }}`; one that is nothing else keeps its type."""
    if not isinstance(text, str):
        return text
    whole = re.fullmatch(r"\$\{\{((?:(?!\}\}).)*)\}\}", text)
    if whole:
        return _Parser(whole[1], context).whole()
    return re.sub(r"\$\{\{(.*?)\}\}", lambda match: string(_Parser(match[1], context).whole()), text)


def string(value: Any) -> str:
    """As it stands in an environment variable."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
