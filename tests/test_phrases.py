"""Turns of phrase that every message uses."""

from __future__ import annotations

import pytest

from defacto_webhooks.phrases import plural, some, told_apart


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, []),
        (1, ["0"]),
        (3, ["0", "1", "2"]),
        (4, ["0", "1", "2", "and 1 more"]),
        (1_237, ["0", "1", "2", "and 1,234 more"]),
    ],
)
def test_of_many_the_first_are_shown(count: int, shown: list[str]) -> None:
    assert some(map(str, range(count)), 3) == shown


def test_plural() -> None:
    assert [plural(n, "change") for n in (0, 1, 2_000)] == ["0 changes", "1 change", "2,000 changes"]
    assert plural(2, "address", "addresses") == "2 addresses"


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ("a", "a ", ("'a'", "'a '")),
        ("\u00e9", "e\u0301", (r"'\xe9'", r"'e\u0301'")),
        ("\uff41", "a", (r"'\uff41'", "'a'")),
        ("\u00e9", "e", ("'\u00e9'", "'e'")),
    ],
)
def test_two_words_are_told_apart(one: str, other: str, told: tuple[str, str]) -> None:
    assert told_apart(one, other) == told
