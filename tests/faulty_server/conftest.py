from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faulty_server import FaultyServer
from tests.faulty_server.asking import A, B, C


@pytest.fixture(scope="module")
def running() -> Iterator[FaultyServer]:
    with FaultyServer() as server:
        yield server


@pytest.fixture
def server(running: FaultyServer) -> FaultyServer:
    return running.reset([A, B, C])
