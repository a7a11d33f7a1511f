"""The picture of a plan shows what `plan` prints today, and fetches nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import click

from tests.docs import picture

if TYPE_CHECKING:
    from pathlib import Path


def lines(text: str) -> list[str]:
    """Without the blank ones, and without the fingerprint: it is another one in each account."""
    return [re.sub(r"\b[0-9a-f]{32}\b", "…", line.rstrip()) for line in text.splitlines() if line.strip()]


def test_the_picture_of_a_plan_is_fresh(tmp_path: Path) -> None:
    shown = lines(picture.text_of(picture.PICTURE.read_text()))
    printed = click.unstyle(picture.printed(tmp_path))
    assert shown == ["$ defacto-webhooks plan", *lines(printed)], "run `make docs`"


def test_the_picture_fetches_nothing() -> None:
    svg = picture.PICTURE.read_text()
    assert ElementTree.fromstring(svg).tag.endswith("svg")  # noqa: S314 - our own file
    assert not re.findall(r"(?:href|src)=|url\((?!#)|@import", svg)
