"""Files → the desired state of one environment, with everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from defacto_webhooks.config import document, reading, shape
from defacto_webhooks.config.account import Environment
from defacto_webhooks.config.checks import check
from defacto_webhooks.config.env_file import read_env_files
from defacto_webhooks.config.environment import (
    choose_environment,
    declared,
    name_of,
    names_of,
    wrong_defaults,
)
from defacto_webhooks.config.expand import expand
from defacto_webhooks.config.ignores import is_ignored, wrong_ignores
from defacto_webhooks.config.lines import Lines
from defacto_webhooks.config.shape import Source
from defacto_webhooks.config.snippets import snippet
from defacto_webhooks.config.variables import Variables
from defacto_webhooks.config.wrong import WRONG
from defacto_webhooks.diagnostics import Code, Diagnostic, Findings, InvalidConfig, Span, finding, in_order
from defacto_webhooks.hosts import trusted_hosts
from defacto_webhooks.redaction import KnownUrls, Secret, SecretUrl
from defacto_webhooks.settings import Settings
from defacto_webhooks.subscription import Subscription

File = tuple[str, bytes]  # its name and its content


class Config(NamedTuple):
    """What the files want of one environment.

    locate: where the subscription of a name, or a field of it, is written; None: it is not in the files.
    secrets: the values of variables in URLs that are left out of `webhooks`.
    """

    environment: Environment
    environments: tuple[str, ...]
    settings: Settings
    webhooks: tuple[Subscription, ...]
    locate: Callable[..., Span | None]
    diagnostics: tuple[Diagnostic, ...]
    secrets: tuple[Secret, ...] = ()

    def known_urls(self) -> KnownUrls:
        """What is known of the file's URLs and secrets where the account is read."""
        secrets = [*self.secrets, *([self.environment.api_key] if self.environment.api_key else [])]
        if isinstance(url := self.environment.api_url, SecretUrl):
            secrets += map(Secret, url.secret_texts())
        return KnownUrls({wanted.name: wanted.to_url for wanted in self.webhooks}, secrets)


def load(
    paths: Sequence[Path],
    *,
    environment: str | None = None,
    environ: Mapping[str, str],
    env_files: Sequence[Path] = (),
    given: Mapping[str, str] = MappingProxyType({}),
    api_url: str | None = None,
    trusted: Iterable[str] = (),
    check_only: bool = False,
    without_variables: bool = False,
    account_only: bool = False,
) -> Config:
    """Read `paths` (files, or folders of them) and resolve them for `environment`.

    `environ` is the process environment, which wins over `env_files`; `given` is not secret, and wins over
    both. `api_url` is for files without `environments`. The API key may go to `trusted` hosts, and to those
    that DEFACTO_WEBHOOKS_TRUSTED_HOSTS names in `environ`. `check_only` needs no API key; `without_variables`
    takes every variable as set, to an unknown value; `account_only` leaves the subscriptions out, and what is
    wrong with them.

    Raises InvalidConfig with everything that is wrong with the files, UserError where one can't be read, or
    where it is not known which account is meant.
    """
    variables = Variables({**read_env_files(env_files), **environ}, given, unknown=without_variables)
    hosts = trusted_hosts([*trusted, environ.get("DEFACTO_WEBHOOKS_TRUSTED_HOSTS", "")])
    with_key = not check_only and not without_variables
    return _resolved(_files(paths), environment, variables, api_url, hosts, with_key, account_only)


def load_text(text: str, file: str, environ: Mapping[str, str], trusted: Collection[str]) -> Config:
    """As `load`, of a file that is not written yet; `file` is how findings name it."""
    return _resolved([(file, text.encode())], None, Variables(environ), None, trusted)


def environment_names(paths: Sequence[Path]) -> tuple[str, ...]:
    """The environments of the files, in their order. Raises as `load` does where they can't be known."""
    sources, found = _read(_files(paths))
    names = names_of(declared(sources))
    if names is WRONG:
        raise InvalidConfig(_shown(found, sources))
    return names


def default_environment(paths: Sequence[Path]) -> str:
    """The environment that is meant where nobody names one. Raises as `load` does where it can't be known."""
    sources, found = _read(_files(paths))
    names = names_of(declared(sources))
    name = name_of(sources, names, None)
    if name is WRONG:
        raise InvalidConfig(_shown([*found, *wrong_defaults(sources, names)], sources))
    return name


def _files(paths: Sequence[Path]) -> list[File]:
    return [(str(path), reading.read_bytes(path)) for path in reading.files(paths)]


def _resolved(
    files: Iterable[File],
    asked: str | None,
    variables: Variables,
    api_url: str | None,
    trusted: Collection[str],
    with_key: bool = True,
    account_only: bool = False,
) -> Config:
    findings = Findings()
    sources = findings.of(_read(files))
    settings = findings.of(_settings(sources))
    chosen = findings.of(choose_environment(sources, asked, variables, api_url, trusted, with_key=with_key))
    expanded, wrong = expand(sources, chosen)
    entries = [] if account_only else expanded
    findings.add([] if account_only else wrong)
    findings.add(check(sources, entries, settings.scope))
    found = _shown(findings.all, sources)
    if any(one.is_error for one in found):
        raise InvalidConfig(found)
    if chosen.environment is None:
        raise chosen.refused or InvalidConfig(found)
    if with_key and chosen.environment.api_url is None:  # a comment can't make it a URL to send the key to
        raise InvalidConfig(_shown(findings.all, sources, with_ignored=True))
    wanted = [entry for entry in entries if entry.is_wanted]
    places = {entry.name: entry.place for entry in wanted}

    def locate(name: str, *fields: str) -> Span | None:
        return places[name].at(*fields).span if name in places else None

    return Config(
        environment=chosen.environment,
        environments=() if chosen.names is WRONG else chosen.names,
        settings=settings,
        webhooks=tuple(
            Subscription.of(entry.name, entry.url, entry.event_types, **entry.others)
            for entry in sorted(wanted, key=lambda entry: entry.name or "")
            if entry.name and entry.url
        ),
        locate=locate,
        diagnostics=found,
        secrets=tuple(
            Secret(text) for one in expanded if account_only and one.url for text in one.url.secret_texts()
        ),
    )


def _read(files: Iterable[File]) -> tuple[list[Source], list[Diagnostic]]:
    """Every file as far as it can be read; what is wrong with its text and its shape."""
    findings = Findings()
    sources = []
    for name, raw in files:
        source = findings.of(shape.check(findings.of(document.read(raw, name))))
        findings.add(wrong_ignores(Lines(source.document)))
        sources.append(source)
    return sources, findings.all


def _settings(sources: Sequence[Source]) -> tuple[Settings, list[Diagnostic]]:
    """Those of the one file that has any. What only one may have is a finding in each other one."""
    found = []
    for field in ("environments", "default_environment", "settings"):
        having = [source for source in sources if source.has(field)]
        for source in having[1:]:
            message = f"{having[0].document.file} already has `{field}`"
            span = source.document.at(field).key_span
            found.append(finding(Code.SPLIT_SETTINGS, span, message, "keep it in one file only"))
    given = (source.content.settings for source in sources if source.content.settings is not None)
    return next(given, Settings()), found


def _shown(
    found: Iterable[Diagnostic], sources: Iterable[Source], *, with_ignored: bool = False
) -> tuple[Diagnostic, ...]:
    """With the lines that they are about, and without what a comment there ignores."""
    lines = {source.document.file: Lines(source.document) for source in sources}
    return in_order(
        one._replace(snippet=snippet(lines[one.span.file], one.span))
        for one in found
        if with_ignored or not is_ignored(one, lines[one.span.file])
    )
