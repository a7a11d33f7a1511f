"""Entries → subscriptions: environments, globs and `one_per`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from defacto_webhooks import events
from defacto_webhooks.config.codes import Code, finding
from defacto_webhooks.config.document import Document, Route
from defacto_webhooks.config.environment import Chosen, variable_problems
from defacto_webhooks.config.schema import WebhookShape
from defacto_webhooks.config.shape import Source
from defacto_webhooks.config.variables import Variables, resolve
from defacto_webhooks.diagnostics import Diagnostic, Span
from defacto_webhooks.redaction import InvalidUrl, Secret, SecretUrl, quotable, revealed
from defacto_webhooks.settings import Settings
from defacto_webhooks.subscription import Subscription

_PLACEHOLDER = re.compile(r"\{([^{}$]*)\}")
_FILLED = {"event_type": ("entity", "status", "event_type"), "entity": ("entity",)}  # by `one_per`


class Places(NamedTuple):
    """Where the parts of a subscription stand; looked up when somebody asks, as few ever do."""

    document: Document
    route: Route

    @property
    def entry(self) -> Span:
        return self.document.span(self.route)

    @property
    def name(self) -> Span:
        return self.document.span((*self.route, "name"))

    @property
    def to_url(self) -> Span:
        return self.document.span((*self.route, "to_url"))

    @property
    def event_types(self) -> Span:
        return self.document.span((*self.route, "event_types"))


class Entry(NamedTuple):
    """One subscription of the file. `subscription` is None where something about it is wrong."""

    name: str
    places: Places
    subscription: Subscription | None
    literal_url: str  # the text of its to_url that the file itself holds


def expand(
    sources: Sequence[Source],
    chosen: Chosen,
    settings: Settings,
    variables: Variables,
    problems: list[Diagnostic],
) -> list[Entry]:
    """All subscriptions of the chosen environment; what is wrong goes into `problems`."""
    known = (*events.EVENT_TYPES, *settings.extra_event_types)
    expander = _Expander(known, variables, problems)
    entries: list[Entry] = []
    for source in sources:
        for index, webhook in enumerate(source.shape.webhooks):
            route: Route = ("webhooks", index)
            wanted = _is_wanted(webhook, route, source.document, chosen, problems)
            entries += expander.entry(webhook, route, source.document, wanted=wanted)
    return entries


def _is_wanted(
    webhook: WebhookShape, route: Route, document: Document, chosen: Chosen, problems: list[Diagnostic]
) -> bool:
    if webhook.environments is None:
        return True
    for position, name in enumerate(webhook.environments):
        if name not in chosen.names:
            span = document.span((*route, "environments", position))
            known = ", ".join(chosen.names) or "none"
            message = f"there is no environment {quotable(name)!r}; the file has {known}"
            problems.append(finding(Code.UNKNOWN_ENVIRONMENT, span, message))
    return chosen.environment.name in webhook.environments


class _Expander:
    def __init__(self, known: tuple[str, ...], variables: Variables, problems: list[Diagnostic]) -> None:
        self._known = known
        self._known_set = frozenset(known)
        self._globs: dict[str, tuple[str, ...]] = {}
        self._suggestions: dict[str, str | None] = {}
        self._variables = variables
        self._problems = problems

    def entry(self, webhook: WebhookShape, route: Route, document: Document, *, wanted: bool) -> list[Entry]:
        event_types = self._event_types(webhook, route, document)
        self._placeholders(webhook, route, document)
        if not wanted:
            return []
        places = Places(document, route)
        resolved = resolve(webhook.to_url, self._variables)
        self._problems += variable_problems(resolved, document, (*route, "to_url"))
        is_good = not resolved.problems and event_types
        entries = []
        for values, members in _groups(webhook.one_per, event_types):
            name = _filled(webhook.name, values)
            # Only text of the file has placeholders; a value with braces in it stays as it is.
            pieces = [_filled(p, values) if isinstance(p, str) else p for p in resolved.pieces]
            url = self._url(pieces, document, (*route, "to_url")) if is_good else None
            subscription = Subscription.of(name, url, members) if url else None
            entries.append(Entry(name, places, subscription, resolved.literal if is_good else ""))
        return entries

    def _url(self, pieces: Sequence[str | Secret], document: Document, route: Route) -> SecretUrl | None:
        if "***" in revealed(pieces):
            message = "to_url holds `***`: that is a masked value, the real one is not known here"
            hint = "put the real value into a variable"
            self._problems.append(finding(Code.MASKED_SECRET, document.span(route), message, hint))
            return None
        try:
            return SecretUrl.from_file(pieces)
        except InvalidUrl as error:
            hint = "a URL looks like https://hooks.example.com/defacto?token=${TOKEN}"
            self._problems.append(finding(Code.INVALID_URL, document.span(route), f"to_url {error}", hint))
            return None

    def _event_types(self, webhook: WebhookShape, route: Route, document: Document) -> list[str]:
        if not webhook.event_types:
            span = document.span((*route, "event_types"))
            message, hint = (
                "`event_types` is empty: nothing would arrive",
                'list some, or write ["*"] for all',
            )
            self._problems.append(finding(Code.EMPTY_EVENT_TYPES, span, message, hint))
        found: dict[str, None] = {}
        for position, pattern in enumerate(webhook.event_types):
            if pattern in self._known_set:
                found[pattern] = None
                continue
            members = self._members(pattern)
            if members:
                found.update(dict.fromkeys(members))
                continue
            span = document.span((*route, "event_types", position))
            close = self._suggestion(pattern)
            hint = f"did you mean {close!r}? " if close else ""
            hint += "If Defacto has added it, add it to `settings.extra_event_types`"
            code = Code.EMPTY_GLOB if events.is_glob(pattern) else Code.UNKNOWN_EVENT_TYPE
            what = "no event type matches" if code is Code.EMPTY_GLOB else "there is no event type"
            self._problems.append(finding(code, span, f"{what} {quotable(pattern)!r}", hint))
        return list(found)

    def _suggestion(self, pattern: str) -> str | None:
        """The event type that was meant; whoever misspells one does so in many entries."""
        if pattern not in self._suggestions:
            self._suggestions[pattern] = events.suggest(pattern, self._known)
        return self._suggestions[pattern]

    def _members(self, pattern: str) -> tuple[str, ...]:
        """The event types that a glob stands for; the same few globs are in every entry."""
        if pattern not in self._globs:
            self._globs[pattern] = events.expand(pattern, self._known) if events.is_glob(pattern) else ()
        return self._globs[pattern]

    def _placeholders(self, webhook: WebhookShape, route: Route, document: Document) -> None:
        for field, text in (("name", webhook.name), ("to_url", webhook.to_url)):
            if "{" not in text:
                continue
            for match in _PLACEHOLDER.finditer(re.sub(r"\$\{[^}]*\}", lambda it: " " * len(it[0]), text)):
                span = document.span_within((*route, field), match.start(), len(match[0]))
                is_known = match[1] in _FILLED["event_type"]
                if webhook.one_per and match[1] not in _FILLED[webhook.one_per]:
                    if is_known:
                        message = f"{match[0]} is not one value in an entry with `one_per: {webhook.one_per}`"
                        hint = "write {entity}, or `one_per: event_type`"
                    else:
                        message = f"there is no placeholder {quotable(match[0])!r}"
                        hint = "known are {entity}, {status} and {event_type}"
                    self._problems.append(finding(Code.UNKNOWN_PLACEHOLDER, span, message, hint))
                elif not webhook.one_per and is_known:
                    message = f"{match[0]} is plain text here, as the entry has no `one_per`"
                    hint = "add `one_per: event_type` or `one_per: entity`"
                    self._problems.append(finding(Code.UNUSED_PLACEHOLDER, span, message, hint))


def _groups(one_per: str | None, event_types: list[str]) -> list[tuple[Mapping[str, str] | None, list[str]]]:
    """The values of the placeholders and the event types of each subscription of an entry."""
    if one_per is None:
        return [(None, event_types)]
    if one_per == "event_type":
        return [(_values(event_type), [event_type]) for event_type in event_types]
    by_entity: dict[str, list[str]] = {}
    for event_type in event_types:
        by_entity.setdefault(events.entity_slug(event_type), []).append(event_type)
    return [({"entity": entity}, members) for entity, members in by_entity.items()]


def _values(event_type: str) -> Mapping[str, str]:
    return {
        "entity": events.entity_slug(event_type),
        "status": events.status_slug(event_type),
        "event_type": event_type,
    }


def _filled(text: str, values: Mapping[str, str] | None) -> str:
    if values is None:
        return text
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)
