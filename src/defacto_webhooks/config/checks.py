"""What is wrong, or most likely wrong, though it fits the format."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import unquote

from defacto_webhooks import events
from defacto_webhooks.config.event_types import extra_event_types
from defacto_webhooks.config.expand import Entry
from defacto_webhooks.config.shape import Source
from defacto_webhooks.config.wrong import WRONG
from defacto_webhooks.diagnostics import Code, Diagnostic, finding
from defacto_webhooks.globs import matches
from defacto_webhooks.hosts import is_loopback, is_private
from defacto_webhooks.phrases import some
from defacto_webhooks.redaction import Secret, SecretUrl, quotable
from defacto_webhooks.redaction.printable import invisible
from defacto_webhooks.redaction.suspicion import writes_a_secret
from defacto_webhooks.settings import Scope
from defacto_webhooks.subscription import Pair

_KEY_LENGTH: Final = 8  # characters at least: what is shorter is a word


def check(sources: Iterable[Source], entries: Sequence[Entry], scope: Scope) -> Iterable[Diagnostic]:
    """What is wrong with the subscriptions of the files, each for itself and beside each other."""
    yield from _first_of_each_place(_duplicates(entries))
    yield from _first_of_each_place(found for entry in entries for found in _name(entry, scope))
    yield from _overlaps([entry for entry in entries if entry.is_wanted])
    for entry in entries:
        yield from _literal_secret(entry)
        yield from _url(entry)
    for source in sources:
        yield from _environment_names(source)
        yield from _extra_event_types(source)


def _first_of_each_place(found: Iterable[Diagnostic]) -> Iterable[Diagnostic]:
    """The name of an entry with `one_per` is wrong once, not once for each of its subscriptions."""
    return {(one.code, one.span): one for one in reversed([*found])}.values()


def _duplicates(entries: Iterable[Entry]) -> Iterable[Diagnostic]:
    first: dict[str, Entry] = {}
    for entry in entries:
        if entry.name is None or (earlier := first.setdefault(entry.name, entry)) is entry:
            continue
        other, here = earlier.place.at("name").span, entry.place.at("name").span
        name = repr(quotable(entry.name))
        if other != here:
            message = f"the name {name} is already used in {other}"
            hint = "a subscription is identified by its name: choose another one"
        elif earlier.place == entry.place:
            message = f"several subscriptions of this entry would be named {name}"
            hint = "put a placeholder in the name: {entity}-{status}, or {event_type}"
        else:
            message = f"this entry, named {name}, is used again by an alias (`*…`)"
            hint = "write out each entry, with its own name"
        yield finding(Code.DUPLICATE_NAME, here, message, hint)


def _name(entry: Entry, scope: Scope) -> Iterable[Diagnostic]:
    name, place = entry.name, entry.place.at("name")
    if name is None:
        return
    if unseen := invisible(name):
        message = f"the name contains the invisible character {unseen}"
        yield finding(Code.WRONG_TYPE, place.span, message, "type the name again")
    if not name.startswith(scope.name_prefix):
        shown, begin = repr(quotable(name)), scope.name_prefix
        message = f"{shown} does not begin with {begin!r} (settings.scope.name_prefix)"
        better = quotable(begin + name)
        hint = f"name it {better!r}" if better == begin + name else "give it another name"
        yield finding(Code.OUT_OF_SCOPE, place.span, message, hint)
    elif matches(name, scope.ignore):
        message = f"settings.scope.ignore leaves {quotable(name)!r} alone, so it can't be managed here"
        yield finding(Code.OUT_OF_SCOPE, place.span, message, "give it another name")


def _environment_names(source: Source) -> Iterable[Diagnostic]:
    environments = source.content.environments
    if environments is WRONG or environments is None:
        return
    for name in environments:
        unseen = invisible(name)
        if unseen or not name:
            what = f"contains the invisible character {unseen}" if unseen else "is empty"
            span = source.document.at("environments", name).key_span
            yield finding(
                Code.WRONG_TYPE, span, f"the name of this environment {what}", "type the name again"
            )


def _overlaps(entries: Iterable[Entry]) -> Iterable[Diagnostic]:
    """Subscriptions of one environment that deliver the same event to the same URL."""
    first: dict[Pair, Entry] = {}
    for entry in entries:
        if entry.url is None or entry.template is None or entry.template.known is not None:
            continue
        twice: dict[str | None, list[str]] = {}
        for event_type in entry.event_types:
            other = first.setdefault((entry.url, event_type), entry)
            if other.name != entry.name:
                twice.setdefault(other.name, []).append(event_type)
        for name, event_types in twice.items():
            shown = ", ".join(some(event_types, 3))
            names = " and ".join(repr(quotable(one or "")) for one in (entry.name, name))
            message = f"{names} send {shown} to the same URL, where it arrives twice"
            hint = "list it in one of them"
            yield finding(Code.OVERLAPPING_SUBSCRIPTIONS, entry.place.at("event_types").span, message, hint)


def _literal_secret(entry: Entry) -> Iterable[Diagnostic]:
    if entry.template is None or not entry.template.is_template:
        return
    # Then nobody else hears of it.
    is_local = bool(entry.accounts) and all(account.is_embedded for account in entry.accounts)
    if not is_local and writes_a_secret(entry.template.written):
        message = "to_url seems to contain a secret, which everyone who reads the file can see"
        hint = "put it in a variable: `?token=${TOKEN}`"
        yield finding(Code.LITERAL_SECRET, entry.place.at("to_url").span, message, hint)


def _url(entry: Entry) -> Iterable[Diagnostic]:
    if entry.url is None or entry.template is None or not entry.template.host_is_known:
        return
    url, place = entry.url, entry.place.at("to_url")
    if any(one.api_key and _holds(url, one.api_key) for one in entry.accounts):
        message = "to_url contains the API key, which only Defacto may get"
        yield finding(Code.KEY_IN_URL, place.span, message, "give the callback its own token")
    if url.slack_kind == "services":
        message = "Slack's incoming webhooks refuse Defacto's notifications: they want a `text`"
        hint = "use a Workflow Builder trigger: its path begins with /triggers/"
        yield finding(Code.SLACK_INCOMING_WEBHOOK, place.span, message, hint)
    if url.scheme == "http" and not is_loopback(url.host):
        message = "to_url is plain http: anyone on the way can read the notification and its token"
        yield finding(Code.INSECURE_URL, place.span, message, "use https://")
    urls = (one.api_url for one in entry.accounts)
    is_called_from_outside = any(isinstance(one, SecretUrl) and one.scheme == "https" for one in urls)
    if is_called_from_outside and is_private(url.host):
        message = f"Defacto can't reach {url.shown_host}: it is on this machine or in a private network"
        hint = "use a host that the internet can reach"
        yield finding(Code.UNREACHABLE_URL, place.span, message, hint)


def _holds(url: SecretUrl, key: Secret) -> bool:
    """Whether the key is in it, whatever variable brought it there; a host is in lower case, and a receiver
    takes percent-encoding off."""
    text, there = key.reveal(), url.reveal()
    return len(text) >= _KEY_LENGTH and text.lower() in f"{there} {unquote(there)}".lower()


def _extra_event_types(source: Source) -> Iterable[Diagnostic]:
    for place, name in extra_event_types(source):
        if name in events.EVENT_TYPES:
            message = f"{name!r} is now in the built-in catalogue"
            yield finding(Code.KNOWN_EVENT_TYPE, place.span, message, "remove it")
        elif events.is_retired(name):
            message = f"{name!r} is no longer in Defacto's reference, and no glob matches it"
            hint = "remove it; an entry that needs it can name it"
            yield finding(Code.RETIRED_EVENT_TYPE, place.span, message, hint)
