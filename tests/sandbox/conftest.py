from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from defacto_webhooks.sandbox import LocalApi
from tests.sandbox.support import Clock, Receiver, receiving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
def receiver() -> Iterator[Receiver]:
    with receiving() as it:
        yield it
