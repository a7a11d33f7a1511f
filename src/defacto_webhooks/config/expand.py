"""Entries → subscriptions: each variable, glob or placeholder gives way to what it stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from defacto_webhooks import events
from defacto_webhooks.config.account import Environment
from defacto_webhooks.config.document import Place
from defacto_webhooks.config.environment import Chosen, unknown
from defacto_webhooks.config.event_types import EventTypes
from defacto_webhooks.config.schema import WebhookEntry
from defacto_webhooks.config.shape import Source
from defacto_webhooks.config.variables import Resolved, resolve
from defacto_webhooks.config.wrong import WRONG, OrWrong
from defacto_webhooks.diagnostics import Code, Diagnostic, Findings, finding
from defacto_webhooks.redaction import MASK, InvalidUrl, Secret, SecretUrl, quotable, revealed
from defacto_webhooks.subscription import OTHERS

_PLACEHOLDER = re.compile(r"\{([^{}$]*)\}")
_REFERENCE = re.compile(r"\$\{[^}]*\}")
_FILLED: Final = {"event_type": ("entity", "status", "event_type"), "entity": ("entity",)}  # by `one_per`
_ANY_VALUES: Final = {"entity": "entity", "status": "status", "event_type": "Entity.STATUS"}


class Entry(NamedTuple):
    """One subscription that the file describes, as far as nothing about it is wrong.

    `others` are the fields that the file has as they are, by their names.
    `name` and `url` are None where they depend on what is wrong. Where `template` has values in it that are
    not known, parts of `url` are made up. `is_wanted`: in the chosen environment. `accounts`: that one, or
    where it is not wanted there, those of the others that it may be in.
    """

    name: str | None
    place: Place
    template: Resolved | None
    url: SecretUrl | None
    event_types: tuple[str, ...]
    others: Mapping[str, Any]
    is_wanted: bool
    accounts: tuple[Environment, ...]


def expand(sources: Sequence[Source], chosen: Chosen) -> tuple[list[Entry], list[Diagnostic]]:
    """All subscriptions of the files, and what is wrong with each part of their entries."""
    event_types = EventTypes(sources)
    entries: list[Entry] = []
    findings = Findings()
    for source in sources:
        for index, webhook in enumerate(() if source.content.webhooks is WRONG else source.content.webhooks):
            if webhook is not WRONG:
                place = source.document.at("webhooks", index)
                entries += findings.of(_expanded(webhook, place, event_types, chosen))
    return entries, findings.all


def _expanded(
    webhook: WebhookEntry, place: Place, event_types: EventTypes, chosen: Chosen
) -> tuple[list[Entry], list[Diagnostic]]:
    findings = Findings()
    findings.add(_check_environments(webhook, chosen.names, place))
    meant = findings.of(event_types.meant(webhook.event_types, place.at("event_types")))
    findings.add(_check_placeholders(webhook, place))
    is_wanted = _is_in(chosen.environment, webhook)
    template = None
    if webhook.to_url is not WRONG:
        variables = chosen.variables if is_wanted else chosen.variables.all_unknown()
        template = findings.of(resolve(webhook.to_url, variables, place.at("to_url")))
    others = {field: getattr(webhook, field) for field in OTHERS}
    accounts = _accounts(webhook, chosen)
    entries = []
    for values, members in _groups(webhook.one_per, meant):
        url = None
        if template and template.is_template:
            url = findings.of(_url(template.pieces, values, place.at("to_url")))
        name = None if webhook.name is WRONG else _name(webhook.name, values)
        entries.append(Entry(name, place, template, url, members, others, is_wanted, accounts))
    return entries, findings.all


def _accounts(webhook: WebhookEntry, chosen: Chosen) -> tuple[Environment, ...]:
    """The chosen one, or where it is not in that, those of the others that it may be in."""
    if chosen.environment is None:
        everywhere = chosen.others
    elif _is_in(chosen.environment, webhook):
        return (chosen.environment,)
    else:
        everywhere = (*chosen.others, chosen.environment)
    return tuple(one for one in everywhere if _is_in(one, webhook)) or everywhere


def _is_in(environment: Environment | None, webhook: WebhookEntry) -> bool:
    if environment is None or webhook.environments is WRONG:
        return False
    return webhook.environments is None or environment.name in webhook.environments


def _check_environments(
    webhook: WebhookEntry, known: OrWrong[tuple[str, ...]], place: Place
) -> list[Diagnostic]:
    if webhook.environments is WRONG or known is WRONG:
        return []
    return [
        finding(Code.UNKNOWN_ENVIRONMENT, place.at("environments", index).span, *unknown(name, known))
        for index, name in enumerate(webhook.environments or ())
        if name is not WRONG and name not in known
    ]


def _url(
    pieces: Iterable[str | Secret], values: Mapping[str, str] | None, place: Place
) -> tuple[SecretUrl | None, list[Diagnostic]]:
    # Only text of the file has placeholders; a value with braces in it stays as it is.
    filled = [_filled(piece, values) if isinstance(piece, str) else piece for piece in pieces]
    if MASK in revealed(filled):
        message = "to_url contains `***`, which is a masked value, not the real one"
        hint = "put the real value in a variable"
        return None, [finding(Code.MASKED_SECRET, place.span, message, hint)]
    try:
        return SecretUrl.from_file(filled), []
    except InvalidUrl as error:
        hint = "for example https://hooks.example.com/defacto?token=${TOKEN}"
        return None, [finding(Code.INVALID_URL, place.span, f"to_url {error}", hint)]


def _check_placeholders(webhook: WebhookEntry, place: Place) -> Iterable[Diagnostic]:
    one_per = webhook.one_per
    for field, text in (("name", webhook.name), ("to_url", webhook.to_url)):
        if text is WRONG or one_per is WRONG or "{" not in text:
            continue
        for match in _PLACEHOLDER.finditer(_REFERENCE.sub(lambda it: " " * len(it[0]), text)):
            span = place.at(field).span_within(match.start(), len(match[0]))
            is_known = match[1] in _FILLED["event_type"]
            if one_per is None and is_known:
                message = f"{match[0]} is plain text here, because the entry has no `one_per`"
                hint = "add `one_per: event_type` or `one_per: entity`"
                yield finding(Code.UNUSED_PLACEHOLDER, span, message, hint)
            elif one_per is not None and is_known and match[1] not in _FILLED[one_per]:
                message = f"{match[0]} has no single value in an entry with `one_per: {one_per}`"
                hint = "write {entity}, or `one_per: event_type`"
                yield finding(Code.UNKNOWN_PLACEHOLDER, span, message, hint)
            elif one_per is not None and not is_known:
                message = f"there is no placeholder {quotable(match[0])!r}"
                hint = "the placeholders are {entity}, {status} and {event_type}"
                yield finding(Code.UNKNOWN_PLACEHOLDER, span, message, hint)


def _groups(
    one_per: OrWrong[str] | None, event_types: tuple[str, ...]
) -> Iterable[tuple[Mapping[str, str] | None, tuple[str, ...]]]:
    """The values of the placeholders and the event types of each subscription of an entry."""
    if one_per is None:
        yield None, event_types
    elif one_per is WRONG or not event_types:  # whatever it stands for is wrong
        yield _ANY_VALUES, ()
    elif one_per == "event_type":
        for event_type in event_types:
            entity, status = events.entity_slug(event_type), events.status_slug(event_type)
            yield {"entity": entity, "status": status, "event_type": event_type}, (event_type,)
    else:
        by_entity: dict[str, list[str]] = {}
        for event_type in event_types:
            by_entity.setdefault(events.entity_slug(event_type), []).append(event_type)
        yield from (({"entity": entity}, tuple(members)) for entity, members in by_entity.items())


def _name(text: str, values: Mapping[str, str] | None) -> str | None:
    if values is _ANY_VALUES and _PLACEHOLDER.search(text):
        return None
    return _filled(text, values)


def _filled(text: str, values: Mapping[str, str] | None) -> str:
    if values is None:
        return text
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)
