from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from defacto_webhooks.local_api import LocalApi
from tests.local_api.support import Clock, embedded
from tests.receiver import Receiver, receiving


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "made" / "on-demand" / "local.db"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def api(db: Path, clock: Clock) -> LocalApi:
    return LocalApi(db, clock=clock)


@pytest.fixture
async def client(api: LocalApi) -> AsyncIterator[httpx.AsyncClient]:
    """Of the API in this process."""
    async with embedded(api) as client:
        yield client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as it:
        yield it
