"""Fixtures of all rooms.

`WEBHOOKS_EXAMPLES` says how many examples a property gets; `make chaos` takes its time.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.certificate import Certificate
from tests.faulty_server import FaultyServer, MemoryServer

# What a shell starts in the background ignores Ctrl-C, and so would the commands that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)
settings.register_profile(
    "tests",
    max_examples=int(os.environ.get("WEBHOOKS_EXAMPLES", "50")),
    deadline=None,
    # A server or folder of a test serves all its examples; each resets what it needs.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("tests")


def pytest_collection() -> None:
    """What is collected stays until the end, so nobody need look through it for garbage, now or later."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """What runs the tests that are coroutines."""
    return "asyncio"


@pytest.fixture
def own_address() -> str:
    """An address of this machine that others use, too."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine is in no network")
        return str(probe.getsockname()[0])


@pytest.fixture(scope="session")
def _running() -> Iterator[FaultyServer]:
    with FaultyServer() as server:
        yield server


@pytest.fixture
def server(_running: FaultyServer) -> FaultyServer:
    """A webhook API that fails as it is told, on a socket: for the command as a process."""
    return _running.reset()


@pytest.fixture(scope="session")
def _in_memory() -> Iterator[MemoryServer]:
    with MemoryServer() as server:
        yield server


@pytest.fixture
def memory(_in_memory: MemoryServer) -> MemoryServer:
    """The same without a socket, and waiting takes no time: for what is called in this process."""
    return _in_memory.reset()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate(tmp_path_factory.mktemp("certificate"))
