"""A callback URL as a value: normal form, equality, parts. What may be seen of it says `visibility`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from defacto_webhooks.redaction.normal_form import (
    InvalidUrl,
    Span,
    is_url,
    looks_normal,
    normalised,
    secret_spans,
)
from defacto_webhooks.redaction.parts import SLACK_KINDS, Label, Part, host_of, is_slack, parts_of
from defacto_webhooks.redaction.secret import MASK, Sealed, Secret, revealed
from defacto_webhooks.redaction.visibility import (
    Stretch,
    Viewer,
    anybody,
    base_rule,
    reader_of_the_file,
    stretches,
    touches,
)

_OF_THE_QUERY: Final = frozenset({"bare", "key", "value"})


class Hidden(NamedTuple):
    """A stretch of a URL that a file must not write literally: where it is, and what it is.

    `place` is the query key where that may be shown, else the kind of part: path, query, userinfo …
    `path` are the path segments that may be shown.
    """

    host: str
    path: tuple[str, ...]
    place: str
    value: Secret


class SecretUrl(Sealed):
    """A callback URL in normal form: compared whole, shown as far as its viewer may see it.

    `secret` is where values from the process environment or an env file are in it.
    Normal form: lower-case scheme and host, punycode, no default port; the rest byte for byte.
    What somebody stored in the account and is no URL is compared as it is, and shown as `***`.
    """

    __slots__ = ("_secret", "_viewer")

    def __init__(self, text: str, viewer: Viewer, secret: tuple[Span, ...] = ()) -> None:
        super().__init__(text)
        self._viewer = viewer
        self._secret = secret

    @classmethod
    def from_file(cls, pieces: Sequence[str | Secret]) -> SecretUrl:
        """From a URL that the file writes, as its readers may see it. Raises InvalidUrl."""
        text = revealed(pieces)
        normal = normalised(text)
        return cls(normal, reader_of_the_file, secret_spans(pieces, text, normal))

    @classmethod
    def from_account(cls, text: str, viewer: Viewer = anybody) -> SecretUrl:
        """From what the API answered: anything may be stored there."""
        if not looks_normal(text):
            with suppress(InvalidUrl):
                text = normalised(text)
        return cls(text, viewer)

    def as_api_url(self) -> SecretUrl:
        """Of an API that may get the key: its host is shown, whoever named it. Without a `/` at its end."""
        text = self.reveal().rstrip("/")
        path = text.find("/", len(self.scheme) + len("://")) + 1 or len(text)
        secret = tuple((max(start, path), end) for start, end in self._secret if end > path)
        return SecretUrl(text, reader_of_the_file, secret)

    @property
    def scheme(self) -> str:
        """Empty where the account holds something that is no URL; so is `host`."""
        return self.reveal().partition("://")[0] if is_url(self.reveal()) else ""

    @property
    def host(self) -> str:
        """Without port, brackets or userinfo. It may be a secret: what to show is `shown_host`."""
        return host_of(self.reveal()) if is_url(self.reveal()) else ""

    @property
    def shown_host(self) -> str:
        """The host, `***` where it may not be shown."""
        own = [stretch for stretch in self.stretches() if stretch.parts[0].kind in ("host", "unknown")]
        return ".".join(map(self._shown, own)).strip("[]")

    @property
    def slack_kind(self) -> str:
        """For a URL of Slack's: services, triggers, workflows or "other"; empty for all others."""
        if not is_slack(self.host):
            return ""
        kind = self.reveal().split("/", 4)[3:4]
        return kind[0] if kind and kind[0] in SLACK_KINDS else "other"

    def stretches(self) -> list[Stretch]:
        """All of it, in order: what is shown, and what is hidden."""
        parts = self.parts()
        return stretches(parts, self.sees(parts))

    def parts(self) -> tuple[Part, ...]:
        """All of it, in order; of what is no URL, one part."""
        text = self.reveal()
        return tuple(parts_of(text)) if is_url(text) else (Part("unknown", 0, 0, len(text)),)

    def sees(self, parts: Sequence[Part]) -> list[bool]:
        """Whether its viewer sees each of its `parts`."""
        public, known = base_rule(self.reveal(), parts), self._viewer(self, parts)
        return [
            is_public and is_known and not touches(part, self._secret)
            for part, is_public, is_known in zip(parts, public, known, strict=True)
        ]

    def texts(self, *, shown: bool | None = None) -> dict[Label, str]:
        """What is where, marks left out. Only what is `shown`, or only what is not; None: all of it."""
        text, parts = self.reveal(), self.parts()
        return {
            part.label: text[part.start : part.end]
            for part, is_shown in zip(parts, self.sees(parts), strict=True)
            if part.kind != "mark" and shown in (None, is_shown)
        }

    def secret_texts(self) -> Iterator[str]:
        """What of it came from the process environment or an env file."""
        text = self.reveal()
        return (text[start:end] for start, end in self._secret)

    def hidden_values(self) -> Iterable[str]:
        """Each part that may not be shown: what must be cut out of foreign text."""
        return self.texts(shown=False).values()

    def _shown(self, stretch: Stretch) -> str:
        return stretch.of(self.reveal()) if stretch.shown else MASK

    def __str__(self) -> str:
        return "".join(map(self._shown, self.stretches()))

    def __repr__(self) -> str:
        return f"SecretUrl({self})"

    def changed_from(self, before: SecretUrl) -> str:
        """As `str`, with `(value changed)` behind each hidden stretch that differs from that of `before`."""
        own, old, new = self.stretches(), before.texts(), self.texts()

        def differs(stretch: Stretch) -> bool:
            """What is altogether new has not changed."""
            labels = [part.label for part in stretch.parts if part.kind != "mark"]
            return not old.keys().isdisjoint(labels) and any(old.get(one) != new[one] for one in labels)

        changed = [not stretch.shown and differs(stretch) for stretch in own]
        if not any(changed) and self != before and str(self) == str(before):
            changed = [not stretch.shown for stretch in own]  # values of variables, put together otherwise
        return "".join(
            self._shown(stretch) + (" (value changed)" if is_changed else "")
            for stretch, is_changed in zip(own, changed, strict=True)
        )

    def secret_differs(self, before: SecretUrl) -> bool:
        """Whether a part that is hidden of either differs from that of `before`."""
        old, new = before.texts(), self.texts()
        hidden = {**self.texts(shown=False), **before.texts(shown=False)}
        return any(old.get(label) != new.get(label) for label in hidden)

    def as_template(self, name: Callable[[Hidden], str]) -> str:
        """As a file writes it: each stretch that may not be shown is a `${…}`, named by `name`.

        Neighbours are one stretch: several path segments, a query key and its value.
        """
        text, parts = self.reveal(), self.parts()
        shown = self.sees(parts)
        for at, mark in enumerate(parts[1:-1], 1):
            around = parts[at - 1], parts[at + 1]
            are_hidden = (
                not shown[at - 1] and not shown[at + 1] and all(one.start < one.end for one in around)
            )
            if are_hidden and mark.kind == "mark" and text[mark.start] in "/=":
                shown[at] = False
        found = stretches(parts, shown)
        segments = (one.of(text) for one in found if one.shown and one.parts[0].kind == "path")
        path = tuple(filter(None, segments))
        return "".join(
            one.of(text).replace("$", "$$")
            if one.shown or not one.of(text)
            else f"${{{name(Hidden(self.host, path, self._place(one), Secret(one.of(text))))}}}"
            for one in found
        )

    def _place(self, stretch: Stretch) -> str:
        """Of a hidden stretch, as `Hidden` says it."""
        first = stretch.parts[0]
        if first.kind == "value":
            return self.texts()[("key", first.position)]
        return "query" if first.kind in _OF_THE_QUERY else first.kind
