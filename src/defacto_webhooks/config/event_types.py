"""What the `event_types` of an entry stand for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from defacto_webhooks import events
from defacto_webhooks.config.document import Place
from defacto_webhooks.config.shape import Source
from defacto_webhooks.config.wrong import WRONG, OrWrong
from defacto_webhooks.diagnostics import Code, Diagnostic, Slip, finding
from defacto_webhooks.redaction import quotable


def extra_event_types(source: Source) -> Iterable[tuple[Place, str]]:
    """Each text under `settings.extra_event_types`, though it may not fit there: it says what exists."""
    place = source.document.at("settings", "extra_event_types")
    match source.document.data:
        case {"settings": {"extra_event_types": str(text)}}:
            yield place, text
        case {"settings": {"extra_event_types": list(items)}}:
            yield from ((place.at(index), item) for index, item in enumerate(items) if isinstance(item, str))


class EventTypes:
    """Finds those that are meant, each glob and each slip once: all entries have the same few."""

    def __init__(self, sources: Sequence[Source]) -> None:
        extra = [name for source in sources for _, name in extra_event_types(source)]
        self._known = tuple(dict.fromkeys((*events.EVENT_TYPES, *extra)))
        # Else what an entry names may be under `extra_event_types` in the file that can't be read.
        self._is_complete = all(source.is_readable for source in sources) or any(
            source.content.settings for source in sources
        )
        self._looked_up: dict[str, tuple[tuple[str, ...], Slip | None]] = {}

    def meant(
        self, patterns: OrWrong[tuple[OrWrong[str], ...]], place: Place
    ) -> tuple[tuple[str, ...], list[Diagnostic]]:
        """The event types that `patterns`, which are at `place`, stand for."""
        found: list[Diagnostic] = []
        meant: dict[str, None] = {}
        for index, pattern in enumerate(() if patterns is WRONG else patterns):
            if pattern is WRONG:
                continue
            if pattern not in self._looked_up:
                self._looked_up[pattern] = self._look_up(pattern)
            members, slip = self._looked_up[pattern]
            meant.update(dict.fromkeys(members))
            if slip:
                code, message, hint = slip
                found.append(finding(code, place.at(index).span, message, hint))
        return tuple(meant), found

    def _look_up(self, pattern: str) -> tuple[tuple[str, ...], Slip | None]:
        if events.is_retired(pattern):
            message = f"{pattern!r} is no longer in Defacto's reference"
            hint = "remove it: the API may refuse the whole subscription because of it"
            return (pattern,), (Code.RETIRED_EVENT_TYPE, message, hint)
        if members := events.expand(pattern, self._known):
            return members, None
        if not self._is_complete:
            return (pattern,), None
        hint = _hint(pattern, events.suggest(pattern, self._known))
        if events.is_glob(pattern):
            return (), (Code.EMPTY_GLOB, f"no event type matches {quotable(pattern)!r}", hint)
        return (), (Code.UNKNOWN_EVENT_TYPE, f"there is no event type {quotable(pattern)!r}", hint)


def _hint(pattern: str, near: str | None) -> str:
    if events.is_glob(pattern) or not events.has_event_type_shape(pattern):
        otherwise = "`defacto-webhooks events` lists them"
        return f"did you mean {near!r}?" if near else otherwise
    if near:
        return f"did you mean {near!r}? If it is new, add it to `settings.extra_event_types`"
    return (
        "if Defacto has added it, list it under `settings.extra_event_types`; "
        "`defacto-webhooks events` lists the known ones"
    )
