"""The account of an environment: its URL and its key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from defacto_webhooks.config.document import Place
from defacto_webhooks.config.schema import EnvironmentEntry
from defacto_webhooks.config.variables import ALL_UNKNOWN, Variables, resolve
from defacto_webhooks.config.wrong import WRONG, OrWrong
from defacto_webhooks.diagnostics import Code, Diagnostic, Findings, finding
from defacto_webhooks.errors import UserError
from defacto_webhooks.hosts import is_loopback
from defacto_webhooks.redaction import Secret, SecretUrl

EMBEDDED: Final = "embedded"
_IS_NO_KEY: Final = "has a space, a line break or another character in it that no key has"
_LITERAL_DEFAULT = re.compile(r"\$\{\w+:-[^}]")


class Nameless(str):
    """What the account of a file without `environments` is called. A file may use that word itself."""

    __slots__ = ()


NAMELESS: Final = Nameless("default")


class Environment(NamedTuple):
    """An account. `api_url` is "embedded" or a URL; `key_source` says in words where the key came from."""

    name: str
    api_url: str
    api_key: Secret | None
    key_source: str

    @property
    def is_embedded(self) -> bool:
        return self.api_url == EMBEDDED


class Declaration(NamedTuple):
    """An environment as a file declares it."""

    name: str
    entry: EnvironmentEntry
    place: Place


def nameless(process: Mapping[str, str], api_url: str | None, *, with_key: bool) -> Environment:
    """The account of a file without environments. Raises UserError."""
    url = api_url or process.get("DEFACTO_API_URL", "")
    key = process.get("DEFACTO_API_KEY", "")
    if not url and with_key:
        raise UserError(
            "nothing says which Defacto API is meant",
            "give --api-url (or DEFACTO_API_URL), or add `environments:` to the file",
        )
    if url and url != EMBEDDED:
        url = _normal(url)
        if not key and with_key:
            raise UserError("DEFACTO_API_KEY is not set", "export the API key of this account")
        if not _can_be_sent(key):
            raise UserError(f"DEFACTO_API_KEY {_IS_NO_KEY}", "copy the API key again")
    return Environment(NAMELESS, url, Secret(key) if key else None, "DEFACTO_API_KEY")


def _can_be_sent(key: str) -> bool:
    """Whether it can be a part of an HTTP header."""
    return key.isascii() and key.isprintable() and " " not in key


def declared_account(
    declaration: Declaration, variables: Variables, *, with_key: bool
) -> tuple[Environment, list[Diagnostic]]:
    """Its URL and, only `with_key`, its key, which it needs then; what is wrong with either."""
    name, entry, place = declaration
    findings = Findings()
    url = findings.of(_api_url(entry.api_url, variables, place.at("api_url")))
    if url == EMBEDDED:
        return Environment(name, url, None, ""), findings.all
    if with_key and not entry.api_key:
        message = f"environment {name!r} has no api_key"
        hint = "add `api_key: ${DEFACTO_API_KEY}` and export that variable"
        findings.add([finding(Code.MISSING_API_KEY, place.key_span, message, hint)])
    used = variables if with_key else ALL_UNKNOWN
    key, source = findings.of(_api_key(entry.api_key, used, place.at("api_key")))
    return Environment(name, url, key, source), findings.all


def _api_url(written: OrWrong[str], variables: Variables, place: Place) -> tuple[str, list[Diagnostic]]:
    """Empty where it is not known."""
    if written is WRONG:
        return "", []
    resolved, found = resolve(written, variables, place)
    if not resolved.is_template or not resolved.host_is_known:
        return "", found
    if resolved.text == EMBEDDED:
        return EMBEDDED, found
    try:
        return _normal(resolved.text), found
    except _Refused as refused:
        return "", [*found, finding(refused.code, place.span, refused.message, refused.hint)]


class _Refused(UserError):
    """A URL that no request may be sent to."""

    def __init__(self, code: Code, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.code = code


def _normal(url: str) -> str:
    """The URL of an API, as it is used. Raises _Refused."""
    try:
        normal = SecretUrl.from_account(url)
    except ValueError:
        normal = None
    if normal is None or not normal.host or any(mark in url for mark in "?#@"):
        hint = "it looks like https://api.getdefacto.com"
        raise _Refused(Code.INVALID_URL, "the API's URL is not valid", hint)
    if normal.scheme != "https" and not is_loopback(normal.host):
        message = "the API's URL must begin with https://"
        raise _Refused(Code.INSECURE_URL, message, "plain http would show the key to everyone")
    return normal.reveal().rstrip("/")


def _api_key(
    written: OrWrong[str] | None, variables: Variables, place: Place
) -> tuple[tuple[Secret | None, str], list[Diagnostic]]:
    """The key and, in words, where it came from; None where it is not known."""
    if not written or written is WRONG:
        return (None, ""), []
    resolved, found = resolve(written, variables, place)
    text = resolved.text
    if "***" in text:
        message = "the API key holds `***`: that is a masked value, not the key"
        found.append(finding(Code.MASKED_SECRET, place.span, message, "set the real one"))
    elif not _can_be_sent(text):
        found.append(finding(Code.MISSING_API_KEY, place.span, f"the API key {_IS_NO_KEY}", "copy it again"))
    elif not resolved.names or _LITERAL_DEFAULT.search(written):
        message, hint = "an API key is written into the file", "put it into a variable, and make a new key"
        found.append(finding(Code.LITERAL_SECRET, place.span, message, hint))
    if resolved.known is not None:
        return (None, ""), found
    source = " and ".join(resolved.names) or f"{place.document.file}, {'.'.join(map(str, place.route))}"
    return (Secret(text), source), found
