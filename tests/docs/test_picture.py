"""The picture of a plan shows what `plan` prints today, and fetches nothing."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from tests.docs import picture


def test_the_picture_of_a_plan_is_fresh(tmp_path: Path) -> None:
    assert picture.differences(picture.printed(tmp_path)) == [], "run `make docs`"


def test_the_picture_fetches_nothing() -> None:
    svg = picture.PICTURE.read_text()
    assert ElementTree.fromstring(svg).tag.endswith("svg")  # noqa: S314 - our own file
    assert not re.findall(r"(?:href|src)=|url\((?!#)|@import", svg)
