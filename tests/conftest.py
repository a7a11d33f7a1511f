"""Fixtures of all rooms."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faulty_server import FaultyServer


@pytest.fixture(scope="module")
def server() -> Iterator[FaultyServer]:
    """A webhook API that fails as it is told; `reset` it first."""
    with FaultyServer() as running:
        yield running
