"""A callback URL: compared whole, shown redacted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple, NoReturn

from defacto_webhooks.redaction.normal_form import URL, InvalidUrl, is_normal, normalised, split_authority
from defacto_webhooks.redaction.values import MASK, Piece

_SHOWN_QUERY_KEY = re.compile(r"[A-Za-z_]{1,20}")
_SHOWN_ACCOUNT_SEGMENT = re.compile(r"v[0-9]+|[a-z_-]{1,24}")
_PLAIN_HOST = re.compile("(?:\\[[0-9A-Fa-f:.]+\\]|[\\w.\ue000-]*)(?::[0-9\ue000]*)?")
_SLACK_HOSTS: Final = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
_SLACK_KINDS: Final = frozenset({"services", "triggers", "workflows"})

Label = tuple[str, str, int]  # kind, query key, position


class Hidden(NamedTuple):
    """A stretch of a URL that a file must not write literally: where it stands, and what it is.

    `place` is the query key where that may be shown, else the kind of place: path, query, userinfo …
    `path` are the path segments that may be shown.
    """

    host: str
    path: tuple[str, ...]
    place: str
    value: str

    def __repr__(self) -> str:
        return f"Hidden({self.host}, {self.place}, {MASK})"


_PLACES: Final = {"bare": "query", "key": "query"}


class Part(NamedTuple):
    """One stretch of a URL. Parts of two URLs with the same `label` correspond to each other.

    `shown` where it may be; of an account's URL, what its file knows is not yet heeded.
    """

    label: Label
    raw: str
    shown: bool

    def __repr__(self) -> str:
        return f"Part({self.label[0]}, {self.raw if self.shown else MASK})"


class SecretUrl:
    """A callback URL in normal form: compared whole, shown redacted.

    Normal form: lower-case scheme and host, punycode, no default port; the rest byte for byte.
    Shown are scheme, host, port, harmless path segments and query keys; the rest is `***`.
    What somebody stored in the account and is no URL is compared as it is, and shown as `***`.
    """

    __slots__ = ("_account", "_hidden", "_is_url", "_secret", "_value", "_written")

    def __init__(
        self,
        value: str,
        *,
        secret: frozenset[tuple[str, int]] = frozenset(),
        account: bool = False,
        is_url: bool = True,
        written: SecretUrl | None = None,
        hidden: frozenset[str] = frozenset(),
    ) -> None:
        self._value = value
        self._secret = secret  # which path segments and query keys a secret takes part in: ("path", 2)
        self._account = account
        self._is_url = is_url
        self._written = written  # the same subscription's URL in the file
        self._hidden = hidden  # path segments and query keys known to be secret

    @classmethod
    def from_file(cls, pieces: Sequence[Piece]) -> SecretUrl:
        """From a `to_url` of the file; what a secret takes part in stays hidden, but scheme, host and port.

        Raises InvalidUrl.
        """
        text = "".join(piece.text for piece in pieces)
        return cls(normalised(text), secret=_secret_parts(text, pieces))

    @classmethod
    def from_account(cls, text: str) -> SecretUrl:
        """From what the API answered: anything goes, and what is not known to be harmless is hidden."""
        if is_normal(text):
            return cls(text, account=True)
        try:
            return cls(normalised(text), account=True)
        except InvalidUrl:
            return cls(text, account=True, is_url=False)

    def knowing(self, written: SecretUrl) -> SecretUrl:
        """The same URL, as far as it may be shown to who wrote `written` in the file.

        Shown are also the path segments that the file writes literally; hidden are those, and the query
        keys, that came from a secret there.
        """
        return self._with(written, self._hidden | written.secret_words())

    def hiding(self, words: frozenset[str]) -> SecretUrl:
        """The same URL, without the path segments and query keys that are among `words`."""
        return self._with(self._written, self._hidden | words)

    def _with(self, written: SecretUrl | None, hidden: frozenset[str]) -> SecretUrl:
        return SecretUrl(
            self._value,
            secret=self._secret,
            account=self._account,
            is_url=self._is_url,
            written=written,
            hidden=hidden,
        )

    def secret_words(self) -> frozenset[str]:
        """The path segments and query keys that came from a secret."""
        if not self._secret:
            return frozenset()
        return frozenset(part.raw for part in self._own_parts() if part.label[::2] in self._secret)

    def reveal(self) -> str:
        return self._value

    @property
    def scheme(self) -> str:
        """Empty where the account holds something that is no URL; so is `host`."""
        return self._value.partition("://")[0] if self._is_url else ""

    @property
    def host(self) -> str:
        """Without port, brackets or userinfo."""
        match = URL.fullmatch(self._value) if self._is_url else None
        return split_authority(match[2])[1].strip("[]") if match else ""

    @property
    def slack_kind(self) -> str:
        """For a URL of Slack's: services, triggers, workflows or "other"; empty for all others."""
        if not _is_slack(self.host):
            return ""
        kind = self._value.split("/", 4)[3:4]
        return kind[0] if kind and kind[0] in _SLACK_KINDS else "other"

    def _parts(self) -> Iterable[Part]:
        if self._written is None and not self._hidden:
            return self._own_parts()
        return self._parts_with_knowledge()

    def _parts_with_knowledge(self) -> Iterable[Part]:
        written = list(self._written._own_parts()) if self._written else []
        there = {part.label[::2]: part.raw for part in written if part.shown}
        literal = {part.raw for part in written if part.shown and part.label[0] == "path"}
        slack = _is_slack(self.host)
        for part in self._own_parts():
            kind, _, index = part.label
            shown = part.shown
            if kind in {"path", "key"} and part.raw in self._hidden and there.get((kind, index)) != part.raw:
                shown = False
            elif kind == "path" and not slack and part.raw in literal:
                shown = True
            yield part if shown is part.shown else Part(part.label, part.raw, shown)

    def _own_parts(self) -> Iterable[Part]:
        match = URL.fullmatch(self._value) if self._is_url else None
        if match is None:
            yield Part(("all", "", 0), self._value, shown=False)
            return
        scheme, authority, path, query, fragment = match.groups(default="")
        userinfo, host, port = split_authority(authority)
        yield Part(("scheme", "", 0), f"{scheme}://", shown=True)
        if userinfo is not None:
            yield Part(("userinfo", "", 0), userinfo, shown=False)
            yield Part(("@", "", 0), "@", shown=True)
        yield Part(("host", "", 0), f"{host}:{port}" if port else host, shown=True)
        slack = _is_slack(host)
        for index, segment in enumerate(path.split("/")):
            if index:
                yield Part(("/", "", index), "/", shown=True)
            if segment:
                shown = (index == 1 and segment in _SLACK_KINDS) if slack else self._shows_segment(segment)
                yield Part(("path", "", index), segment, shown=shown and ("path", index) not in self._secret)
        if query:
            yield Part(("?", "", 0), "?", shown=True)
            yield from self._query_parts(query[1:])
        if fragment:
            yield Part(("#", "", 0), "#", shown=True)
            yield Part(("fragment", "", 0), fragment[1:], shown=False)

    def _shows_segment(self, segment: str) -> bool:
        return not self._account or _SHOWN_ACCOUNT_SEGMENT.fullmatch(segment) is not None

    def _query_parts(self, query: str) -> Iterable[Part]:
        for index, pair in enumerate(query.split("&")):
            if index:
                yield Part(("&", "", index), "&", shown=True)
            key, equals, value = pair.partition("=")
            if not equals:
                if pair:
                    yield Part(("bare", "", index), pair, shown=False)
                continue
            shown = _SHOWN_QUERY_KEY.fullmatch(key) is not None and ("key", index) not in self._secret
            yield Part(("key", "", index), key, shown=shown)
            yield Part(("=", "", index), "=", shown=True)
            yield Part(("value", key if shown else "", index), value, shown=False)

    def __str__(self) -> str:
        return "".join(part.raw if part.shown else MASK for part in self._parts())

    def changed_from(self, before: SecretUrl) -> str:
        """Redacted, with `(value changed)` behind each hidden part that differs from that of `before`."""
        old = {part.label: part.raw for part in before._parts()}

        def shown(part: Part) -> str:
            if part.shown:
                return part.raw
            return MASK if old.get(part.label, part.raw) == part.raw else f"{MASK} (value changed)"

        return "".join(map(shown, self._parts()))

    def written(self, variable: Callable[[Hidden], str]) -> str:
        """As a file writes it: each stretch that is never shown is a `${…}`, named by `variable`.

        Neighbours are one stretch: several path segments, a query key and its value.
        """
        parts = list(self._parts())
        path = tuple(part.raw for part in parts if part.label[0] == "path" and part.shown)
        stretches: list[list[Part]] = []
        for part in parts:
            if part.raw and not part.shown and len(stretches) > 1 and _ends_open(stretches):
                stretches[-2:] = [[*stretches[-2], *stretches[-1], part]]
            else:
                stretches.append([part])
        written = []
        for first, *others in stretches:
            value = "".join(part.raw for part in (first, *others))
            if first.shown or not value:
                written.append(value.replace("$", "$$"))
                continue
            kind, key, _ = first.label
            hidden = Hidden(self.host, path, key or _PLACES.get(kind, kind), value)
            written.append(f"${{{variable(hidden)}}}")
        return "".join(written)

    def hidden_values(self) -> Iterable[str]:
        """Each part that is never shown: what must be cut out of foreign text."""
        return (part.raw for part in self._parts() if part.raw and not part.shown)

    def secret_differs(self, before: SecretUrl) -> bool:
        """Whether a hidden part differs from that of `before`."""
        hidden = {part.label: part.raw for part in self._parts() if not part.shown}
        return hidden != {part.label: part.raw for part in before._parts() if not part.shown}

    def __repr__(self) -> str:
        return f"SecretUrl({self})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SecretUrl):
            return NotImplemented
        return self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a SecretUrl can't be pickled or copied out")


def parts_of(text: str) -> Iterable[Part]:
    """The parts of a URL that the file writes, though it may not be a good one: then less is shown."""
    for part in SecretUrl(text)._own_parts():
        is_host = part.label[0] != "host" or _PLAIN_HOST.fullmatch(part.raw)
        yield part if is_host else Part(part.label, part.raw, shown=False)


def _ends_open(stretches: Sequence[Sequence[Part]]) -> bool:
    """Whether the last two are a hidden stretch and a separator that its neighbour may follow."""
    before, (last, *_) = stretches[-2], stretches[-1]
    return not before[0].shown and before[0].raw != "" and last.label[0] in {"/", "="}


def _is_slack(host: str) -> bool:
    return host.rstrip(".").lower() in _SLACK_HOSTS


def _secret_parts(text: str, pieces: Sequence[Piece]) -> frozenset[tuple[str, int]]:
    """The path segments and query keys that a secret takes part in."""
    match = URL.fullmatch(text)
    if match is None or not any(piece.secret for piece in pieces):
        return frozenset()
    secret_at: set[int] = set()
    offset = 0
    for piece in pieces:
        if piece.secret:
            secret_at.update(range(offset, offset + len(piece.text)))
        offset += len(piece.text)
    found = set()
    offset = match.start(3)
    for index, segment in enumerate(match[3].split("/")):
        if not secret_at.isdisjoint(range(offset, offset + len(segment))):
            found.add(("path", index))
        offset += len(segment) + 1
    offset = match.start(4) + 1
    for index, pair in enumerate((match[4] or "?")[1:].split("&")):
        if not secret_at.isdisjoint(range(offset, offset + len(pair.partition("=")[0]))):
            found.add(("key", index))
        offset += len(pair) + 1
    return frozenset(found)
