"""Which parts of the account's URLs are secret, as the file's URLs say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Final

from defacto_webhooks.redaction.normal_form import Span
from defacto_webhooks.redaction.parts import Part
from defacto_webhooks.redaction.secret import Sealed, Secret
from defacto_webhooks.redaction.url import SecretUrl
from defacto_webhooks.redaction.visibility import is_harmless_segment, touches

_WORDS: Final = re.compile(r"[^/?#&=@:]+")
_ANYWHERE_FROM: Final = 4  # characters; a shorter secret is only hidden where it is a whole part


class KnownUrls:
    """The URLs that the file wants, by the names of their subscriptions, and further secrets.

    Next to them, the account's path segments that the file writes literally for the same name are shown
    as well, and every part is hidden in which a secret of the file occurs, whatever the name.
    """

    def __init__(self, wanted: Mapping[str, SecretUrl], secrets: Iterable[Secret] = ()) -> None:
        self._by_name = wanted
        self._secrets = tuple(secrets)

    def from_account(self, name: str, to_url: str) -> SecretUrl:
        """The URL that the account has for the subscription `name`."""
        return SecretUrl.from_account(to_url, partial(self._next_to_the_file, name))

    def hidden_values(self) -> Iterator[str]:
        """What must be cut out of foreign text."""
        yield from (secret.reveal() for secret in self._secrets)
        for url in self._by_name.values():
            yield from url.hidden_values()

    def _next_to_the_file(self, name: str, url: Sealed, parts: Sequence[Part]) -> Sequence[bool]:
        """Looks at the account's URL of one name, and knows the file."""
        written = self._same.get(url) or self._by_name.get(name)
        if written is not None and written.reveal() == url.reveal():
            return written.sees(parts)
        text = url.reveal()
        spans = tuple(self._secret_spans(text, parts))
        there = written.texts(shown=True) if written is not None else {}
        literal = {shown for (kind, _), shown in there.items() if kind == "path"}

        def is_shown(part: Part) -> bool:
            said = text[part.start : part.end]
            if there.get(part.label) == said:
                return True
            return not touches(part, spans) and (
                part.kind != "path" or said in literal or is_harmless_segment(said)
            )

        return [is_shown(part) for part in parts]

    @cached_property
    def _same(self) -> Mapping[Sealed, SecretUrl]:
        return {written: written for written in self._by_name.values()}

    def _secret_spans(self, text: str, parts: Iterable[Part]) -> Iterator[Span]:
        """Where a secret of the file occurs in `text`."""
        folded = in_lower_case(text)
        words = [word.reveal() for word in self._secret_words]
        short = {word for word in words if len(word) < _ANYWHERE_FROM}
        yield from ((start, end) for _, _, start, end in parts if folded[start:end] in short)
        for word in words:
            at = folded.find(word) if len(word) >= _ANYWHERE_FROM else -1
            while at >= 0:
                yield at, at + len(word)
                at = folded.find(word, at + 1)

    @cached_property
    def _secret_words(self) -> tuple[Secret, ...]:
        """Each secret in lower case, whole and in the words that a URL would separate."""
        texts = {secret.reveal() for secret in self._secrets}
        texts.update(text for url in self._by_name.values() for text in url.secret_texts())
        words = {word for text in texts for word in (text, *_WORDS.findall(text))}
        return tuple(Secret(in_lower_case(word)) for word in words - {"", "http", "https"})


def in_lower_case(text: str) -> str:
    """In lower case, every character at its place."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
