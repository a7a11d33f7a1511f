"""The account of an environment."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Literal, NamedTuple
from urllib.parse import unquote

from defacto_webhooks.config.document import Place
from defacto_webhooks.config.schema import EnvironmentEntry
from defacto_webhooks.config.variables import Variables, resolve
from defacto_webhooks.config.wrong import WRONG, OrWrong
from defacto_webhooks.diagnostics import Code, Diagnostic, Findings, finding
from defacto_webhooks.errors import UserError
from defacto_webhooks.hosts import is_loopback, may_get_the_key
from defacto_webhooks.redaction import MASK, InvalidUrl, Secret, SecretUrl, quotable, revealed
from defacto_webhooks.redaction.printable import fits_into_a_header
from defacto_webhooks.settings import EMBEDDED, NAMELESS

Embedded = Literal["embedded"]
_LOOKS_LIKE: Final = "for example https://api.getdefacto.com"
_IS_NO_KEY: Final = "contains a space, a line break or another character that no key has"


class Environment(NamedTuple):
    """An account. `api_url` is None where it is not known; `key_source` says where the key came from.

    `has_written_key`: who writes the file, or types a --var, knows a part of the key, and may have chosen it.
    The URL's host is shown: it may get the key. Its path is hidden as far as it is from a secret.
    """

    name: str
    api_url: SecretUrl | Embedded | None
    api_key: Secret | None
    key_source: str
    has_written_key: bool = False

    @property
    def shown_url(self) -> str:
        return str(self.api_url or "")

    @property
    def is_embedded(self) -> bool:
        return self.api_url == EMBEDDED


class Declaration(NamedTuple):
    """An environment as a file declares it."""

    name: str
    entry: EnvironmentEntry
    place: Place


def nameless(
    process: Mapping[str, str], api_url: str | None, trusted: Collection[str], *, with_key: bool
) -> Environment:
    """The account of a file without environments. Raises UserError."""
    given = api_url or process.get("DEFACTO_API_URL", "")
    key = process.get("DEFACTO_API_KEY", "")
    if not given and with_key:
        raise UserError(
            "no Defacto API is given",
            "pass --api-url, set DEFACTO_API_URL, or add `environments:` to the file",
        )
    if given in ("", EMBEDDED):
        return Environment(NAMELESS, EMBEDDED if given else None, None, "")
    account = _usable([api_url or Secret(given)], trusted)
    if not key and with_key:
        raise UserError("DEFACTO_API_KEY is not set", "export the API key of this account")
    if not fits_into_a_header(key):
        raise UserError(f"DEFACTO_API_KEY {_IS_NO_KEY}", "copy the API key again")
    return Environment(NAMELESS, account, Secret(key) if key else None, "DEFACTO_API_KEY")


def declared_account(
    declaration: Declaration, variables: Variables, trusted: Collection[str] | None, *, with_key: bool
) -> tuple[Environment, list[Diagnostic]]:
    """Its URL and, only `with_key`, its key, which it needs then; what is wrong with either.

    The key may go to the `trusted` hosts, besides Defacto's and this machine; None: to any.
    """
    name, entry, place = declaration
    findings = Findings()
    url = findings.of(_api_url(entry.api_url, variables, trusted, place.at("api_url")))
    if url == EMBEDDED:
        return Environment(name, url, None, ""), findings.all
    if with_key and not entry.api_key:
        message = f"environment {quotable(name)!r} has no api_key"
        hint = "add `api_key: ${DEFACTO_API_KEY}` and export that variable"
        findings.add([finding(Code.MISSING_API_KEY, place.key_span, message, hint)])
    used = variables if with_key else variables._replace(process={}, unknown=True)
    key = findings.of(_api_key(entry.api_key, used._replace(keys=None), place.at("api_key")))
    return Environment(name, url, *key), findings.all


def _api_url(
    written: OrWrong[str], variables: Variables, trusted: Collection[str] | None, place: Place
) -> tuple[SecretUrl | Embedded | None, list[Diagnostic]]:
    """None where it is not known."""
    if written is WRONG:
        return None, []
    resolved, found = resolve(written, variables, place)
    if not resolved.is_template or not resolved.host_is_known:
        return None, found
    if resolved.text == EMBEDDED:
        return EMBEDDED, found
    try:
        return _usable(resolved.pieces, trusted), found
    except _Refused as refused:
        return None, [*found, finding(refused.code, place.span, refused.message, refused.hint)]


class _Refused(UserError):
    """A URL that no request may be sent to."""

    def __init__(self, code: Code, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.code = code


def _usable(pieces: Sequence[str | Secret], trusted: Collection[str] | None) -> SecretUrl:
    """The URL of an API that may get the key, its host shown. Raises _Refused."""
    try:
        url = SecretUrl.from_file(pieces)
    except InvalidUrl as error:
        raise _Refused(Code.INVALID_URL, f"the API's URL {error}", _LOOKS_LIKE) from None
    if mark := next((mark for mark in "?#@" if mark in url.reveal()), ""):
        raise _Refused(Code.INVALID_URL, f"the API's URL can't have a `{mark}` in it", _LOOKS_LIKE)
    _, _, written = revealed(pieces).partition("://")
    if not written.partition("/")[0].isascii():
        message = "the API's URL has a host that is not written in plain letters, digits and dots"
        raise _Refused(Code.INVALID_URL, message, "write an international name in punycode: xn--…")
    path = unquote(written.partition("/")[2])
    if path and not {"", ".", ".."}.isdisjoint(path.removesuffix("/").split("/")):
        message = "the API's URL has an empty segment, `.` or `..` in its path"
        raise _Refused(Code.INVALID_URL, message, _LOOKS_LIKE)
    if url.scheme != "https" and not is_loopback(url.host):
        message = "the API's URL must begin with https://"
        raise _Refused(Code.INSECURE_URL, message, "over plain http, anyone on the way could read the key")
    if trusted is not None and not may_get_the_key(url.host, trusted):
        raise _Refused(
            Code.UNTRUSTED_HOST,
            f"the API's host, {url.shown_host}, is not one of Defacto's, so it doesn't get the API key",
            "if you trust it, name it with --trust-host HOST or in DEFACTO_WEBHOOKS_TRUSTED_HOSTS",
        )
    return url.as_api_url()


def _api_key(
    written: OrWrong[str] | None, variables: Variables, place: Place
) -> tuple[tuple[Secret | None, str, bool], list[Diagnostic]]:
    """The key, None where it is not known; in words, where it came from; whether any of it is written."""
    if not written or written is WRONG:
        return (None, "", False), []
    resolved, found = resolve(written, variables, place)
    text = resolved.text
    # What it would be made of without the process: not even a default has to be in use.
    without, _ = resolve(written, variables._replace(process={}, unknown=False), place)
    if MASK in text:
        message = "the API key contains `***`, which is a masked value, not the key"
        found.append(finding(Code.MASKED_SECRET, place.span, message, "set the real one"))
    elif not text:
        found.append(finding(Code.MISSING_API_KEY, place.span, "the API key is empty", "give it a value"))
    elif not fits_into_a_header(text):
        found.append(finding(Code.MISSING_API_KEY, place.span, f"the API key {_IS_NO_KEY}", "copy it again"))
    elif without.written:
        message = "an API key, or a part of it, is written into the file or given with --var"
        hint = "keep all of it in an environment variable, and create a new key"
        found.append(finding(Code.LITERAL_SECRET, place.span, message, hint))
    source = " and ".join(resolved.names) or f"{place.document.file}, {'.'.join(map(str, place.route))}"
    key, source = (None, "") if resolved.known is not None else (Secret(text), source)
    return (key, source, bool(without.written)), found
