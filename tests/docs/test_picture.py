"""The picture of a terminal shows what the commands print today, and fetches nothing."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from tests.docs import picture


def test_the_picture_of_a_plan_is_fresh(tmp_path: Path) -> None:
    texts = picture.printed(tmp_path)
    assert picture.differences(texts) == [], "run `make docs`"
    for words in ("guard `lost-events`", "+/-", "Done and verified"):
        assert words in "".join(texts)


def test_the_picture_fetches_nothing() -> None:
    svg = picture.PICTURE.read_text()
    assert ElementTree.fromstring(svg).tag.endswith("svg")  # noqa: S314 - our own file
    assert not re.findall(r"(?:href|src)=|url\((?!#)|@import", svg)
