"""What may be seen of a URL, by whom: the one place that says it.

Never shown, whoever wrote it and whoever reads it: userinfo, query values, a part of the query without a
`=`, a query key that does not look like one, the fragment, Slack's path. What else is hidden depends on
the viewer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple, TypeAlias

from defacto_webhooks.redaction.normal_form import Span
from defacto_webhooks.redaction.parts import SLACK_KINDS, Part, host_of, is_slack
from defacto_webhooks.redaction.secret import Sealed

_QUERY_KEY: Final = re.compile(r"[A-Za-z_]{1,20}")
_HARMLESS_SEGMENT: Final = re.compile(r"v[0-9]+|[a-z_-]{1,24}")


# Somebody who looks at a URL and its parts: of each part, whether they may see it, if anybody may.
Viewer: TypeAlias = Callable[[Sealed, Sequence[Part]], Sequence[bool]]


class Stretch(NamedTuple):
    """Neighbouring parts, all of them shown or all of them hidden behind one `***`."""

    parts: tuple[Part, ...]
    shown: bool

    def of(self, text: str) -> str:
        return text[self.parts[0].start : self.parts[-1].end]


def base_rule(text: str, parts: Iterable[Part]) -> Iterable[bool]:
    """Of each part, whether it may be shown to anybody who knows the rest of the file."""
    on_slack = is_slack(host_of(text))
    for kind, position, start, end in parts:
        match kind:
            case "scheme" | "host" | "port" | "mark":
                yield True
            case "path":
                yield not on_slack or start == end or (position == 1 and text[start:end] in SLACK_KINDS)
            case "key":
                yield is_harmless_key(text[start:end])
            case "bare":
                yield start == end
            case _:
                yield False


def is_harmless_key(key: str) -> bool:
    """Whether a key of the query may be shown."""
    return _QUERY_KEY.fullmatch(key) is not None


def is_harmless_segment(segment: str) -> bool:
    """Whether a path segment of the account's may be shown, though no file writes it."""
    return not segment or _HARMLESS_SEGMENT.fullmatch(segment) is not None


def touches(part: Part, spans: Sequence[Span]) -> bool:
    """Whether something secret takes part in `part`. A mark is hidden only inside of it, as in `a/b`.

    The scheme is not: it is one of two.
    """
    if not spans or part.kind == "scheme":
        return False
    if part.kind == "mark":
        return any(start <= part.start and part.end <= end for start, end in spans)
    return any(start < part.end and part.start < end for start, end in spans)


def reader_of_the_file(_: Sealed, parts: Sequence[Part]) -> Sequence[bool]:
    """Sees what the file writes."""
    return [True] * len(parts)


def anybody(url: Sealed, parts: Sequence[Part]) -> Sequence[bool]:
    """Knows nothing of the file: of an account's path, only what is harmless is shown."""
    text = url.reveal()
    return [part.kind != "path" or is_harmless_segment(text[part.start : part.end]) for part in parts]


def stretches(parts: Iterable[Part], shown: Iterable[bool]) -> list[Stretch]:
    """Neighbours that are hidden are one stretch; any other part is one of its own."""
    found: list[Stretch] = []
    for part, is_shown in zip(parts, shown, strict=True):
        if found and not is_shown and not found[-1].shown:
            found[-1] = Stretch((*found[-1].parts, part), shown=False)
        else:
            found.append(Stretch((part,), is_shown))
    return found
