from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from defacto_webhooks.inbox import Inbox
from tests.inbox.support import inbox_served


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A served inbox `main`."""
    inbox = Inbox(tmp_path / "inbox.db")
    inbox.open("main")
    with inbox_served(inbox) as url:
        yield url
