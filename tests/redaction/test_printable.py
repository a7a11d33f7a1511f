"""What can't be seen is written out, whichever way the text is shown."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given, strategies as st

from defacto_webhooks.redaction.printable import (
    code,
    invisible,
    is_visible,
    json_text,
    line,
    markdown,
    without_invisible,
)

# A soft hyphen, a space of no width, one that does not break, joiners, direction marks, a tag, fillers, a
# variation selector, a byte order mark, private use, half of a pair, controls.
UNSEEN = (
    "\xad\u200b\xa0\u200c\u200d\u2060\u202e\u2066\u2028\u3000\U000e0041\u034f\u3164\uffa0\ufe0f\ufeff\ue000\ud800"
    "\x1b\x00\x7f\x85\t\n"
)
SEEN = " aZ9é日👍~…\u0301\U0003fffd"


def test_what_is_seen() -> None:
    assert all(map(is_visible, SEEN))
    assert not any(map(is_visible, UNSEEN))
    assert line(SEEN) == SEEN == without_invisible(SEEN)
    assert invisible(SEEN) == ""
    assert invisible("a\u200bb\xa0") == "U+200B"
    assert invisible("\U000e0041") == "U+E0041"


@pytest.mark.parametrize("character", UNSEEN)
def test_two_names_never_look_the_same(character: str) -> None:
    for show in (line, code, markdown, lambda text: json_text({"name": text})):
        assert show(f"a{character}b") != show("ab")
        assert show(f"a{character}b") != show("a b")
        assert character not in show(f"a{character}b").replace("\n", "", 2)


@given(st.text())
def test_whatever_is_shown_is_seen(text: str) -> None:
    assert is_visible(line(text))
    assert is_visible(without_invisible(text))
    printed = json_text({text: [text]})
    assert is_visible(printed.replace("\n", ""))
    assert json.loads(printed) == {text: [text]}


def test_it_is_a_rule_by_category() -> None:
    categories = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp", "Zs"}
    for number in range(0x110000):
        if unicodedata.category(chr(number)) in categories and number != 0x20:
            assert not is_visible(chr(number)), hex(number)


def test_runs_of_the_unseen_are_one_space() -> None:
    assert without_invisible("\x1b\na\u200b\x00 b\u3164") == " a b "
