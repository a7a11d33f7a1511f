"""What may be shown of a URL as the file writes it: its variables by name, and what a URL shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from defacto_webhooks.redaction.url import parts_of
from defacto_webhooks.redaction.values import MASK

_REFERENCE: Final = "\ue000"  # stands for a reference while the URL is taken apart


class Shown(NamedTuple):
    """A stretch of the file, `length` characters long, and what is shown in its place."""

    length: int
    text: str


def redacted(template: Sequence[tuple[str, str | None]]) -> Iterable[Shown]:
    """Of a `to_url`: `template` is (text, None) for what is written, (text, as shown) for a reference."""
    if any(shown is None and _REFERENCE in text for text, shown in template):
        yield Shown(sum(len(text) for text, _ in template), MASK)
        return
    flat = "".join(text if shown is None else _REFERENCE for text, shown in template)
    references = iter([(text, shown) for text, shown in template if shown is not None])
    for part in _parts(flat):
        runs = part[0].split(_REFERENCE)
        for index, run in enumerate(runs):
            if index:
                text, shown = next(references)
                yield Shown(len(text), str(shown))
            if run:
                yield Shown(len(run), run if part[1] else MASK)


def _parts(flat: str) -> Iterable[tuple[str, bool]]:
    """The parts of a URL, and whether each may be shown. A reference in front may hold scheme and host."""
    if "://" in flat or not flat.startswith(_REFERENCE):
        return ((part.raw, part.shown) for part in parts_of(flat))
    return ((part.raw, part.shown) for part in list(parts_of(f"https://{flat}"))[1:])
