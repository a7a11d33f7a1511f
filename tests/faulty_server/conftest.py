from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faulty_server import FaultyServer
from tests.faulty_server.asking import A, B, C

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def running() -> Iterator[FaultyServer]:
    with FaultyServer() as server:
        yield server


@pytest.fixture
def server(running: FaultyServer) -> FaultyServer:
    return running.reset([A, B, C])
