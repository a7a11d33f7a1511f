"""What fits the format and is wrong, or most likely wrong, all the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from defacto_webhooks import events
from defacto_webhooks.config.codes import Code, finding
from defacto_webhooks.config.environment import Environment
from defacto_webhooks.config.expand import Entry
from defacto_webhooks.config.shape import Source
from defacto_webhooks.diagnostics import Diagnostic
from defacto_webhooks.globs import matches
from defacto_webhooks.hosts import is_loopback, is_private
from defacto_webhooks.redaction import SecretUrl, quotable
from defacto_webhooks.settings import Settings

# A value under a telling name, or what is too long to be anything else.
_LITERAL_VALUE = re.compile(
    r"[?&][^=&#]*(?:token|key|secret|sig|auth|pass)[^=&#]*=[^&#]{4,}|[?&][^=&#]*=[^&#]{24,}"
    r"|[?&][^=&#]{24,}(?:[&#]|$)|#.{24,}",
    re.IGNORECASE,
)
_LITERAL_USERINFO = re.compile(r"://(?:[^/?#:@]+|[^/?#:@]*:[^/?#@]+)@")  # a user name alone is none
_LITERAL_SLACK = re.compile(
    r"://hooks\.slack(?:-gov)?\.com\.?(?::\d*)?/(?:triggers|workflows)/[^?#]*[^/?#](?:[?#]|$)",
    re.IGNORECASE,
)
_LITERAL = (_LITERAL_VALUE, _LITERAL_USERINFO, _LITERAL_SLACK)


class Checker:
    """Checks on all subscriptions of one environment together."""

    def __init__(self, environment: Environment, settings: Settings, *, without_variables: bool) -> None:
        self._environment = environment
        self._settings = settings
        self._without_variables = without_variables

    def check(self, sources: Sequence[Source], entries: Sequence[Entry]) -> Iterable[Diagnostic]:
        yield from self._names(entries)
        yield from self._overlaps(entries)
        for entry in entries:
            yield from self._url(entry)
        yield from _extra_event_types(sources)

    def _names(self, entries: Sequence[Entry]) -> Iterable[Diagnostic]:
        first: dict[str, Entry] = {}
        for entry in entries:
            if earlier := first.get(entry.name):
                other, here = earlier.places.name, entry.places.name
                if other == here and earlier.places.route == entry.places.route:
                    message = f"several subscriptions of this entry would be called {entry.name!r}"
                    hint = "put a placeholder into the name: {entity}-{status}, or {event_type}"
                elif other == here:
                    message = f"this entry, called {entry.name!r}, is used again by an alias (`*…`)"
                    hint = "write each entry out, with a name of its own"
                else:
                    message = f"the name {entry.name!r} is taken already, in {other}"
                    hint = "a name is how a subscription is recognised"
                yield finding(Code.DUPLICATE_NAME, here, message, hint)
            first.setdefault(entry.name, entry)
            if any(ord(character) < 32 or ord(character) == 127 for character in entry.name):
                yield finding(Code.WRONG_TYPE, entry.places.name, "a name must not hold control characters")
            if not entry.name.startswith(self._settings.scope.name_prefix):
                prefix = self._settings.scope.name_prefix
                message = f"{entry.name!r} does not begin with {prefix!r} (settings.scope.name_prefix)"
                yield finding(
                    Code.OUT_OF_SCOPE, entry.places.name, message, f"call it {prefix + entry.name!r}"
                )
            elif matches(entry.name, self._settings.scope.ignore):
                message = f"{entry.name!r} is ignored by settings.scope.ignore, so it can't be managed here"
                yield finding(Code.OUT_OF_SCOPE, entry.places.name, message, "give it another name")

    def _overlaps(self, entries: Sequence[Entry]) -> Iterable[Diagnostic]:
        if self._without_variables:
            return
        by_url: dict[SecretUrl, list[Entry]] = {}
        for entry in entries:
            if entry.subscription:
                by_url.setdefault(entry.subscription.to_url, []).append(entry)
        for sharing in by_url.values():
            if len(sharing) > 1:
                yield from self._twice(sharing)

    def _twice(self, sharing: Sequence[Entry]) -> Iterable[Diagnostic]:
        """Entries with one URL: each event type that an earlier one has already."""
        first: dict[str, str] = {}
        for entry in sharing:
            twice: dict[str, list[str]] = {}
            for event_type in entry.subscription.event_types if entry.subscription else ():
                other = first.setdefault(event_type, entry.name)
                if other != entry.name:
                    twice.setdefault(other, []).append(event_type)
            for other, event_types in twice.items():
                shown = ", ".join(event_types[:3]) + (" …" if len(event_types) > 3 else "")
                message = f"{entry.name!r} and {other!r} send {shown} to the same URL: it arrives twice"
                hint = "list it in one of them"
                yield finding(Code.OVERLAPPING_SUBSCRIPTIONS, entry.places.event_types, message, hint)

    def _url(self, entry: Entry) -> Iterable[Diagnostic]:
        is_public = not self._environment.is_embedded
        if is_public and any(literal.search(entry.literal_url) for literal in _LITERAL):
            message = "a secret seems to be written into to_url, where everyone who reads the file sees it"
            yield finding(
                Code.LITERAL_SECRET, entry.places.to_url, message, "put it into a variable: `?token=${TOKEN}`"
            )
        if entry.subscription is None:
            return
        url = entry.subscription.to_url
        if url.slack_kind == "services":
            yield finding(
                Code.SLACK_INCOMING_WEBHOOK,
                entry.places.to_url,
                "Slack's incoming webhooks refuse Defacto's notifications: they want a `text`",
                "use a Workflow Builder trigger: its path begins with /triggers/",
            )
        if self._without_variables and url.host in {"", "unknown-value"}:
            return
        if url.scheme == "http" and not is_loopback(url.host):
            message = "to_url is plain http: everyone on the way can read the notification and its token"
            yield finding(Code.INSECURE_URL, entry.places.to_url, message, "use https://")
        if is_public and _is_real(self._environment.api_url) and is_private(url.host):
            message = f"Defacto can't reach {url.host}: it is an address of this machine or a private network"
            yield finding(
                Code.UNREACHABLE_URL, entry.places.to_url, message, "use a host that the internet can reach"
            )


def _is_real(api_url: str) -> bool:
    return api_url.startswith("https://")


def _extra_event_types(sources: Sequence[Source]) -> Iterable[Diagnostic]:
    for source in sources:
        extra = source.shape.settings.extra_event_types if source.shape.settings else []
        for position, name in enumerate(extra):
            span = source.document.span(("settings", "extra_event_types", position))
            if name in events.EVENT_TYPES:
                message = f"{name!r} is in the built-in catalogue now"
                yield finding(Code.KNOWN_EVENT_TYPE, span, message, "remove it here")
            elif not events.has_event_type_shape(name):
                message = f"{quotable(name)!r} does not look like an event type"
                yield finding(Code.UNKNOWN_EVENT_TYPE, span, message, "they look like `Loan.CLOSED`")
