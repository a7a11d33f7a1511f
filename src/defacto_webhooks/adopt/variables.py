"""Readable names for what a file must not hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from defacto_webhooks.config.variables import is_reserved
from defacto_webhooks.redaction import Hidden, Secret, SecretUrl

_NO_WORD = re.compile(r"[^A-Za-z0-9]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PATH_WORDS = 3  # of a path that is part of a name: the last ones say most


class Variable(NamedTuple):
    """What has to be set. `purpose` says in words what it is, and holds no secret."""

    name: str
    value: Secret
    purpose: str


class Names:
    """Gives each hidden stretch the shortest name that tells it from the others.

    That is host and place (`HOOKS_EXAMPLE_COM_TOKEN`), with the path between them where one host has
    several values in that place, with a number where the path is the same, too. One value in one place
    of one host is one variable. A name that `environ` gives another value is not taken, as the real
    environment would win.
    """

    def __init__(self, environ: Mapping[str, str], key_source: str, key: Secret | None) -> None:
        """`key` is the API key, which came from the variable `key_source`, if that is one."""
        self._environ = environ
        self._used: dict[str, Variable] = {}
        self._by_place: dict[str, dict[Secret, str]] = {}  # short name → value → its name
        self.api_key = ""  # the name of its variable, where there is one
        if key:
            wanted = key_source if _NAME.fullmatch(key_source) else "DEFACTO_API_KEY"
            self.api_key = self._free(wanted, key, "the API key")

    def learn(self, urls: Iterable[SecretUrl]) -> None:
        """Name what is hidden in them, all at once: how long a name must be depends on the others."""
        by_place: dict[str, dict[Secret, Hidden]] = {}

        def note(hidden: Hidden) -> str:
            by_place.setdefault(_upper(hidden.host, hidden.place), {}).setdefault(hidden.value, hidden)
            return ""

        for url in urls:
            url.as_template(note)
        for short, values in by_place.items():
            for value, hidden in values.items():
                path = hidden.path[-_PATH_WORDS:]
                wanted = short if len(values) == 1 else _upper(hidden.host, *path, hidden.place)
                purpose = f"{hidden.place} of {'/'.join((hidden.host, *hidden.path))}"
                self._by_place.setdefault(short, {})[value] = self._free(wanted, value, purpose)

    def template(self, url: SecretUrl) -> str:
        """A URL that was learnt, as a file writes it: a `${…}` for each hidden stretch."""
        return url.as_template(lambda hidden: self._by_place[_upper(hidden.host, hidden.place)][hidden.value])

    def variables(self) -> tuple[Variable, ...]:
        """In the order in which they were named."""
        return tuple(self._used.values())

    def _free(self, wanted: str, value: Secret, purpose: str) -> str:
        name, number, here = wanted, 1, value.reveal()
        while name in self._used or self._environ.get(name, here) != here:
            number += 1
            name = f"{wanted}_{number}"
        self._used[name] = Variable(name, value, purpose)
        return name


def _upper(*words: str) -> str:
    """A variable's name, and nobody else's."""
    name = _NO_WORD.sub("_", "_".join(words)).strip("_").upper()
    is_free = name[:1].isalpha() and not name.startswith("DEFACTO_") and not is_reserved(name)
    return name if is_free else f"HOST_{name}"
