from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from defacto_webhooks.sandbox.inbox import Inbox
from tests.sandbox.inbox.support import inbox_served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A served inbox `main`."""
    inbox = Inbox(tmp_path / "inbox.db")
    inbox.open("main")
    with inbox_served(inbox) as url:
        yield url
