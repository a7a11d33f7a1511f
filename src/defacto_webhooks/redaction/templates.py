"""What may be shown of a URL as the file writes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from defacto_webhooks.redaction.parts import REFERENCE, parts_of
from defacto_webhooks.redaction.secret import MASK
from defacto_webhooks.redaction.visibility import base_rule

_SCHEME: Final = "https://"


class Shown(NamedTuple):
    """A stretch of the file, `length` characters long, and what is shown in its place."""

    length: int
    text: str


def redacted(template: Sequence[tuple[str, str | None]]) -> Iterator[Shown]:
    """Of a `to_url`: `template` is (text, None) for what is written, (text, as shown) for a reference."""
    flat = "".join(text if shown is None else REFERENCE * len(text) for text, shown in template)
    pieces = zip(accumulate(len(text) for text, _ in template), (shown for _, shown in template), strict=True)
    at = piece_end = 0
    reference: str | None = None
    for part_end, is_public in _part_ends(flat):
        while at < part_end:
            if at == piece_end:
                piece_end, reference = next(pieces)
            start, at = at, min(piece_end, part_end)
            yield Shown(
                at - start, (flat[start:at] if is_public else MASK) if reference is None else reference
            )


def _part_ends(flat: str) -> Iterator[tuple[int, bool]]:
    """Where each part of a URL ends, and whether it may be shown. The scheme may be in a reference."""
    scheme = _SCHEME if flat.startswith(REFERENCE) and "://" not in flat else ""
    text = scheme + flat
    parts = tuple(parts_of(text))
    for part, is_public in zip(parts, base_rule(text, parts), strict=True):
        yield part.end - len(scheme), is_public
