"""What a message may quote of a URL in the file."""

from __future__ import annotations

import pytest

from defacto_webhooks.redaction import redacted


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ([("https://s3cret:s3cret/x", None)], "https://***/x"),  # a host that can't be one
        ([("https://", None), ("${HOST}", "${HOST}"), ("/a?t=s3cret", None)], "https://${HOST}/a?t=***"),
        ([("${URL}", "${URL}"), ("/a/b?c=s3cret", None)], "${URL}/a/b?c=***"),
        ([("https://h/?s3cret-", None), ("${A}", "${A}"), ("=1", None)], "https://h/?***${A}=***"),
        ([("https://h/x-", None), ("${A}", "${A}"), ("${B:-c}", "${B:-***}"), ("y", None)], "https://h/x-${A}${B:-***}y"),
        ([("s3cret", None), ("${A}", "${A}"), ("s3cret", None)], "***${A}***"),
        ([], ""),
    ],
)  # fmt: skip
def test_what_is_shown_of_a_template(template: list[tuple[str, str | None]], shown: str) -> None:
    found = list(redacted(template))
    assert "".join(stretch.text for stretch in found) == shown
    assert sum(stretch.length for stretch in found) == sum(len(text) for text, _ in template)
