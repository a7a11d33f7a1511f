"""Fixtures of all rooms."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.faulty_server import FaultyServer

# A busy machine is no mistake of ours; pytest's time limit ends what hangs.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


@pytest.fixture(scope="module")
def server() -> Iterator[FaultyServer]:
    """A webhook API that fails as it is told; `reset` it first."""
    with FaultyServer() as running:
        yield running
