from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faulty_server import FaultyServer, MemoryServer, Server
from tests.faulty_server.asking import A, B, C


@pytest.fixture(params=[FaultyServer, MemoryServer], ids=["socket", "memory"], scope="module")
def running(request: pytest.FixtureRequest) -> Iterator[Server]:
    with request.param() as server:
        yield server


@pytest.fixture
def server(running: Server) -> Server:
    return running.reset([A, B, C])
