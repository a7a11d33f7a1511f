from __future__ import annotations

import pytest

from tests.faulty_server import MemoryServer


@pytest.fixture
def server(memory: MemoryServer) -> MemoryServer:
    """What `apply` does, it does in this process."""
    return memory
