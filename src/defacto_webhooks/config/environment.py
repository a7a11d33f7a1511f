"""Which account: the environments that the files declare, and the chosen one with its URL and key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Final, NamedTuple

from defacto_webhooks.config.document import Document, Route
from defacto_webhooks.config.schema import EnvironmentEntry
from defacto_webhooks.config.shape import Source
from defacto_webhooks.config.variables import ALL_UNKNOWN, Variables, resolve
from defacto_webhooks.config.wrong import WRONG, OrWrong
from defacto_webhooks.diagnostics import Code, Diagnostic, Findings, finding
from defacto_webhooks.errors import UserError
from defacto_webhooks.hosts import is_loopback
from defacto_webhooks.redaction import Secret, SecretUrl, quotable

EMBEDDED: Final = "embedded"
_DEFAULT = re.compile(r"\$\{\w+:-[^}]")


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

    document: Document
    name: str
    entry: EnvironmentEntry

    def route(self, *field: str) -> Route:
        return ("environments", self.name, *field)


class Chosen(NamedTuple):
    """The environment that is looked at and its variables; the names of all, and the others.

    `environment` is None where it can't be known: for a mistake in a file, or for what `refused` says.
    """

    environment: Environment | None
    variables: Variables
    names: OrWrong[tuple[str, ...]]
    others: tuple[Environment, ...] = ()
    refused: UserError | None = None


_NOTHING_IS_KNOWN: Final = EnvironmentEntry(api_url=WRONG, api_key=WRONG, variables=WRONG)


def declared(sources: Sequence[Source]) -> OrWrong[tuple[Declaration, ...]]:
    """The environments of the one file that has any; WRONG where they can't be known for a mistake."""
    is_known = True
    for source in sources:
        entries = source.content.environments
        if entries is WRONG:
            is_known = False
        elif entries is not None:
            return tuple(
                Declaration(source.document, name, _NOTHING_IS_KNOWN if entry is WRONG else entry)
                for name, entry in entries.items()
            )
    return () if is_known else WRONG


def choose_environment(
    sources: Sequence[Source], asked: str | None, variables: Variables, api_url: str | None, *, with_key: bool
) -> tuple[Chosen, list[Diagnostic]]:
    """The environment that is `asked` for, else the default one, else the only one.

    Its own variables are added to `variables`; in the others, every variable counts as set. `with_key`: it
    can't do without its key. `api_url` is for files without environments.
    """
    known = declared(sources)
    names = WRONG if known is WRONG else tuple(one.name for one in known)
    findings = Findings()
    findings.add(_wrong_defaults(sources, names))
    name: OrWrong[str] = WRONG
    refused: UserError | None = None
    try:
        name = _name(sources, names, asked)
        if name is NAMELESS:
            account = _nameless(variables.process, api_url, with_key=with_key)
            return Chosen(account, variables, ()), findings.all
        if api_url is not None:
            hint = "choose one of the file's environments with -e"
            raise UserError("--api-url is for files without `environments:`", hint)
    except UserError as error:
        name, refused = WRONG, error
    chosen, used, others = None, ALL_UNKNOWN, []
    for one in () if known is WRONG else known:
        is_chosen = one.name == name
        own = _with_own(variables if is_chosen else ALL_UNKNOWN, one.entry)
        environment = findings.of(_environment(one, own, with_key=with_key and is_chosen))
        if is_chosen:
            chosen, used = environment, own
        else:
            others.append(environment)
    return Chosen(chosen, used, names, tuple(others), refused), findings.all


def unknown_environment(name: str, known: tuple[str, ...], document: Document, route: Route) -> Diagnostic:
    """The finding about a `name` at `route` that is not among the `known`."""
    close = get_close_matches(name, known, n=1)
    has = f"the file has {', '.join(known)}" if known else "the file has no `environments:`"
    message = f"there is no environment {quotable(name)!r}; {has}"
    hint = f"did you mean {close[0]!r}?" if close else ""
    return finding(Code.UNKNOWN_ENVIRONMENT, document.span(route), message, hint)


def _wrong_defaults(sources: Sequence[Source], known: OrWrong[tuple[str, ...]]) -> Iterable[Diagnostic]:
    for source in sources:
        name = source.content.default_environment
        if name is not None and name is not WRONG and known is not WRONG and name not in known:
            yield unknown_environment(name, known, source.document, ("default_environment",))


def _name(sources: Sequence[Source], known: OrWrong[tuple[str, ...]], asked: str | None) -> OrWrong[str]:
    """WRONG where it can't be known for a mistake in a file. Raises UserError."""
    if known is WRONG:
        return WRONG
    if asked is not None and asked not in known:
        close = get_close_matches(asked, known, n=1)
        if not known:
            message = f"there is no environment {asked!r}: the file has no `environments:`"
            raise UserError(message, "leave out -e")
        message = f"there is no environment {asked!r}; the file has {', '.join(known)}"
        raise UserError(message, f"did you mean {close[0]!r}?" if close else "")
    if asked is not None:
        return asked
    if not known:
        return NAMELESS
    for source in sources:
        default = source.content.default_environment
        if default is not None:
            return default if default in known else WRONG
    if len(known) > 1:
        message = f"the file has several environments: {', '.join(known)}"
        raise UserError(message, "choose one with -e NAME, or set `default_environment`")
    return known[0]


def _nameless(process: Mapping[str, str], api_url: str | None, *, with_key: bool) -> Environment:
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
    return Environment(NAMELESS, url, Secret(key) if key else None, "DEFACTO_API_KEY")


def _with_own(variables: Variables, entry: EnvironmentEntry) -> Variables:
    if entry.variables is WRONG:
        return variables._replace(unknown=True)
    return variables._replace(own=entry.variables)


def _environment(
    declaration: Declaration, variables: Variables, *, with_key: bool
) -> tuple[Environment, list[Diagnostic]]:
    findings = Findings()
    url = findings.of(_api_url(declaration, variables))
    key, source = None, ""
    if url != EMBEDDED:
        key, source = findings.of(_api_key(declaration, variables if with_key else ALL_UNKNOWN))
        if with_key and not declaration.entry.api_key:
            message = f"environment {declaration.name!r} has no api_key"
            hint = "add `api_key: ${DEFACTO_API_KEY}` and export that variable"
            span = declaration.document.span(declaration.route(), key=True)
            findings.add([finding(Code.MISSING_API_KEY, span, message, hint)])
    return Environment(declaration.name, url, key, source), findings.all


def _api_url(declaration: Declaration, variables: Variables) -> tuple[str, list[Diagnostic]]:
    """Empty where it is not known."""
    if declaration.entry.api_url is WRONG:
        return "", []
    document, route = declaration.document, declaration.route("api_url")
    resolved, found = resolve(declaration.entry.api_url, variables, document, route)
    if not resolved.is_template or not resolved.host_is_known:
        return "", found
    if resolved.text == EMBEDDED:
        return EMBEDDED, found
    try:
        return _normal(resolved.text), found
    except _Refused as refused:
        return "", [*found, finding(refused.code, document.span(route), refused.message, refused.hint)]


class _Refused(UserError):
    """A URL that no request may be sent to."""

    def __init__(self, code: Code, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.code = code


def _normal(url: str) -> str:
    """The URL of an API, as it is used. Raises _Refused."""
    not_valid = _Refused(
        Code.INVALID_URL, "the API's URL is not valid", "it looks like https://api.getdefacto.com"
    )
    try:
        normal = SecretUrl.from_account(url)
    except ValueError:
        raise not_valid from None
    if not normal.host or any(mark in url for mark in "?#@"):
        raise not_valid
    if normal.scheme != "https" and not is_loopback(normal.host):
        message = "the API's URL must begin with https://"
        raise _Refused(Code.INSECURE_URL, message, "plain http would show the key to everyone")
    return normal.reveal().rstrip("/")


def _api_key(
    declaration: Declaration, variables: Variables
) -> tuple[tuple[Secret | None, str], list[Diagnostic]]:
    """The key and, in words, where it came from; None where it is not known or not needed."""
    written = declaration.entry.api_key
    if not written or written is WRONG:
        return (None, ""), []
    document, route = declaration.document, declaration.route("api_key")
    resolved, found = resolve(written, variables, document, route)
    text = resolved.text
    if "***" in text:
        message = "the API key holds `***`: that is a masked value, not the key"
        found.append(finding(Code.MASKED_SECRET, document.span(route), message, "set the real one"))
    elif not text.isascii() or any(c.isspace() or not c.isprintable() for c in text):
        message = "the API key has a space, a line break or another character in it that no key has"
        found.append(finding(Code.MISSING_API_KEY, document.span(route), message, "copy it again"))
    elif not resolved.names or _DEFAULT.search(written):
        message, hint = "an API key is written into the file", "put it into a variable, and make a new key"
        found.append(finding(Code.LITERAL_SECRET, document.span(route), message, hint))
    if resolved.known is not None:
        return (None, ""), found
    source = " and ".join(resolved.names) or f"{document.file}, {'.'.join(map(str, route))}"
    return (Secret(text), source), found
