"""`demo` as a process."""

from __future__ import annotations

import signal
from pathlib import Path

from tests import local
from tests.inbox.support import listed
from tests.process import run, serving


def test_it_shows_both_notifications_and_leaves_nothing(tmp_path: Path) -> None:
    ended = run(["demo", "--color", "always"], tmp_path, TMPDIR=str(tmp_path))
    assert ended.code == 0
    assert ended.out.index("● Invoice.SUBMITTED") < ended.out.index("● Invoice.VERIFIED")
    assert "No changes" in ended.out
    assert "\x1b[32m" in ended.out
    assert "made-up" not in ended.both
    assert "`defacto-webhooks init`" in ended.out.splitlines()[-1]  # there is no file to edit
    assert list(tmp_path.iterdir()) == []


def test_with_open_the_inbox_can_be_looked_at_until_ctrl_c(tmp_path: Path) -> None:
    variables = {"TMPDIR": str(tmp_path)}
    with serving(tmp_path, "demo", "--open", port=None, **variables) as it:
        url = it.wait_for(r"The inbox page: (\S+)", it.out)[1]
        assert url == f"{it.url}/inbox/#first-webhook"
        assert local.get(url).status_code == 200
        types = [item["fields"]["event_type"] for item in listed(it.url, "first-webhook")]
        assert types == ["Invoice.VERIFIED", "Invoice.SUBMITTED"]
        assert it.end(signal.SIGINT) == 0
    assert "nothing is left behind" in "".join(it.out)
    assert list(tmp_path.iterdir()) == []
