"""Which account: the chosen environment, its URL and its key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from defacto_webhooks.config.codes import Code, finding
from defacto_webhooks.config.document import Document, Route
from defacto_webhooks.config.schema import EnvironmentShape
from defacto_webhooks.config.shape import Source
from defacto_webhooks.config.variables import Resolved, Variables, resolve
from defacto_webhooks.diagnostics import Diagnostic, InvalidConfig
from defacto_webhooks.errors import UserError
from defacto_webhooks.hosts import is_loopback
from defacto_webhooks.redaction import InvalidUrl, Secret, SecretUrl, quotable, revealed

EMBEDDED: Final = "embedded"
WITHOUT_NAME: Final = "default"  # the account of a file without `environments:`


class Environment(NamedTuple):
    """An account. `api_url` is "embedded" or a URL; `key_source` says in words where the key came from."""

    name: str
    api_url: str
    api_key: Secret | None
    key_source: str

    @property
    def is_embedded(self) -> bool:
        return self.api_url == EMBEDDED


class Chosen(NamedTuple):
    environment: Environment
    names: tuple[str, ...]
    variables: Mapping[str, str]
    problems: list[Diagnostic]


def choose_environment(
    sources: Sequence[Source],
    name: str | None,
    process: Mapping[str, str],
    api_url: str | None,
    *,
    check_only: bool,
    without_variables: bool,
) -> Chosen:
    """The environment `name`, else the default, else the only one. Raises UserError or InvalidConfig."""
    source = next((s for s in sources if s.shape.environments is not None), None)
    if source is None or not source.shape.environments:
        return _without_environments(name, process, api_url, check_only=check_only or without_variables)
    if api_url is not None:
        raise UserError(
            "--api-url is for files without `environments:`", "choose one of the file's environments with -e"
        )
    shapes = source.shape.environments
    chosen = _name(sources, name, tuple(shapes))
    shape = shapes[chosen]
    variables = Variables(shape.variables, process, unknown=without_variables)
    route: Route = ("environments", chosen)
    problems: list[Diagnostic] = []
    url = _api_url(shape, source.document, (*route, "api_url"), variables, problems)
    key, key_source = None, ""
    if url != EMBEDDED and not check_only and not without_variables:
        key, key_source = _api_key(chosen, shape, source.document, route, variables, problems)
    environment = Environment(chosen, url, key, key_source)
    return Chosen(environment, tuple(shapes), shape.variables, problems)


def _name(sources: Sequence[Source], name: str | None, known: tuple[str, ...]) -> str:
    if name is not None:
        if name in known:
            return name
        from difflib import get_close_matches

        close = get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else ""
        raise UserError(f"there is no environment {name!r}; the file has {', '.join(known)}", hint)
    default = next((s for s in sources if s.shape.default_environment is not None), None)
    if default is not None:
        wanted = str(default.shape.default_environment)
        if wanted in known:
            return wanted
        span = default.document.span(("default_environment",))
        message = f"there is no environment {quotable(wanted)!r}; the file has {', '.join(known)}"
        raise InvalidConfig([finding(Code.UNKNOWN_ENVIRONMENT, span, message)])
    if len(known) == 1:
        return known[0]
    raise UserError(
        f"the file has several environments: {', '.join(known)}",
        "choose one with -e NAME, or set `default_environment`",
    )


def _without_environments(
    name: str | None, process: Mapping[str, str], api_url: str | None, *, check_only: bool
) -> Chosen:
    if name is not None:
        raise UserError(f"there is no environment {name!r}: the file has no `environments:`", "leave out -e")
    url = api_url or process.get("DEFACTO_API_URL", "")
    key = process.get("DEFACTO_API_KEY", "")
    if not url and not check_only:
        raise UserError(
            "nothing says which Defacto API is meant",
            "give --api-url (or DEFACTO_API_URL), or add `environments:` to the file",
        )
    if url and url != EMBEDDED:
        url = _checked(url)
        if not key and not check_only:
            raise UserError("DEFACTO_API_KEY is not set", "export the API key of this account")
    environment = Environment(WITHOUT_NAME, url, Secret(key) if key else None, "DEFACTO_API_KEY")
    return Chosen(environment, (), {}, [])


def _checked(url: str) -> str:
    try:
        normal = SecretUrl.from_account(url)
        if not normal.host or urlsplit(url).query or "@" in url:
            raise InvalidUrl("is not a plain URL of an API")
    except (InvalidUrl, ValueError):
        raise UserError("the API's URL is not valid", "it looks like https://api.getdefacto.com") from None
    if normal.scheme != "https" and not is_loopback(normal.host):
        raise UserError("the API's URL must begin with https://", "plain http would show the key to everyone")
    return normal.reveal().rstrip("/")


def _api_url(
    shape: EnvironmentShape,
    document: Document,
    route: Route,
    variables: Variables,
    problems: list[Diagnostic],
) -> str:
    resolved = resolve(shape.api_url, variables)
    problems += variable_problems(resolved, document, route)
    text = revealed(resolved.pieces)
    if text == EMBEDDED or resolved.problems or (variables.unknown and resolved.names):
        return text
    try:
        return _checked(text)
    except UserError as error:
        code = Code.INSECURE_URL if "https" in error.message else Code.INVALID_URL
        problems.append(finding(code, document.span(route), error.message, error.hint))
        return ""


def _api_key(
    name: str,
    shape: EnvironmentShape,
    document: Document,
    route: Route,
    variables: Variables,
    problems: list[Diagnostic],
) -> tuple[Secret | None, str]:
    if not shape.api_key:
        message = f"environment {name!r} has no api_key"
        hint = "add `api_key: ${DEFACTO_API_KEY}` and export that variable"
        problems.append(finding(Code.MISSING_API_KEY, document.span(route, key=True), message, hint))
        return None, ""
    route = (*route, "api_key")
    resolved = resolve(shape.api_key, variables)
    problems += variable_problems(resolved, document, route)
    text = revealed(resolved.pieces)
    if "***" in text:
        message = "the API key holds `***`: that is a masked value, not the key"
        problems.append(finding(Code.MASKED_SECRET, document.span(route), message, "set the real one"))
    elif not text.isascii() or any(c.isspace() or not c.isprintable() for c in text):
        message = "the API key holds a space, a line break or a character that no key has"
        problems.append(finding(Code.MISSING_API_KEY, document.span(route), message, "copy it again"))
        return None, ""
    if not resolved.names:
        message, hint = "an API key is written into the file", "put it into a variable, and make a new key"
        problems.append(finding(Code.LITERAL_SECRET, document.span(route), message, hint))
    key_source = " and ".join(resolved.names) or f"{document.file}, environments.{name}.api_key"
    return Secret(text), key_source


def variable_problems(resolved: Resolved, document: Document, route: Route) -> list[Diagnostic]:
    """The problems of a template as diagnostics, placed where it stands in the value."""
    codes = {"missing": Code.MISSING_VARIABLE, "empty": Code.EMPTY_VARIABLE, "syntax": Code.VARIABLE_SYNTAX}
    return [
        finding(codes[p.kind], document.span_within(route, p.offset, p.length), p.message, p.hint)
        for p in resolved.problems
    ]
