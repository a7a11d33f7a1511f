"""Files → the desired state of one environment. All diagnostics of a stage at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from defacto_webhooks.config import shape
from defacto_webhooks.config.checks import Checker
from defacto_webhooks.config.codes import Code, finding
from defacto_webhooks.config.environments import Environment, choose_environment
from defacto_webhooks.config.expand import Places, expand
from defacto_webhooks.config.positions import MAX_BYTES, collector_off, decode, parse
from defacto_webhooks.config.variables import Variables
from defacto_webhooks.diagnostics import Diagnostic, InvalidConfig, in_order
from defacto_webhooks.errors import UserError
from defacto_webhooks.models import Settings, Subscription

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from defacto_webhooks.config.positions import Document
    from defacto_webhooks.config.schema import FileShape, SettingsShape

_MAY_HOLD_SECRET = re.compile(r"://|url|key|token|secret|[^\s\w.,:\[\]{}\"'#*-]|[\w-]{24}", re.IGNORECASE)
_IGNORE = re.compile(r"#\s*defacto-webhooks:\s*ignore\[([a-z, -]+)\]")


class Config(NamedTuple):
    """What the files want of one environment. `places` tells where each subscription stands."""

    environment: Environment
    environments: tuple[str, ...]
    settings: Settings
    webhooks: tuple[Subscription, ...]
    places: Mapping[str, Places]
    diagnostics: tuple[Diagnostic, ...]


class Source(NamedTuple):
    """One file, read and of the right shape."""

    document: Document
    shape: FileShape


def load(
    paths: Sequence[Path],
    *,
    environment: str | None = None,
    environ: Mapping[str, str],
    env_file: Mapping[str, str] | None = None,
    api_url: str | None = None,
    check_only: bool = False,
    without_variables: bool = False,
) -> Config:
    """Read `paths` (files, or folders of them) and resolve them for `environment`.

    `environ` is the process environment, `env_file` what an env file adds to it. `check_only` needs no
    API key; `without_variables` takes every variable as set, to an unknown value. Raises InvalidConfig
    with all diagnostics, UserError where a file can't be read.
    """
    with collector_off():
        return _load(paths, environment, environ, env_file, api_url, check_only, without_variables)


def _load(
    paths: Sequence[Path],
    environment: str | None,
    environ: Mapping[str, str],
    env_file: Mapping[str, str] | None,
    api_url: str | None,
    check_only: bool,
    without_variables: bool,
) -> Config:
    sources, problems = _read(paths)
    _only_one(sources, problems)
    if problems:
        raise InvalidConfig(_kept(problems, sources))
    process = {**(env_file or {}), **environ}
    chosen = choose_environment(
        sources, environment, process, api_url, check_only=check_only, without_variables=without_variables
    )
    problems += chosen.problems
    settings = _settings(next((s.shape.settings for s in sources if s.shape.settings), None))
    variables = Variables(chosen.variables, process, unknown=without_variables)
    entries = expand(sources, chosen, settings, variables, problems)
    checker = Checker(chosen.environment, settings, without_variables=without_variables)
    problems += checker.check(sources, entries)
    found = _kept(problems, sources)
    if any(problem.is_error for problem in found):
        raise InvalidConfig(found)
    return Config(
        environment=chosen.environment,
        environments=chosen.names,
        settings=settings,
        webhooks=tuple(sorted((e.subscription for e in entries if e.subscription), key=lambda s: s.name)),
        places={entry.name: entry.places for entry in entries},
        diagnostics=in_order(found),
    )


def environment_names(paths: Sequence[Path]) -> tuple[str, ...]:
    """The environments of the files, in their order; raises as `load` does."""
    sources, problems = _read(paths)
    if problems:
        raise InvalidConfig(_kept(problems, sources))
    return tuple(name for source in sources for name in source.shape.environments or ())


def _read(paths: Sequence[Path]) -> tuple[list[Source], list[Diagnostic]]:
    sources: list[Source] = []
    problems: list[Diagnostic] = []
    for path in _files(paths):
        try:
            document = parse(decode(_bytes(path), str(path)), str(path))
            sources.append(Source(document, shape.check(document)))
        except InvalidConfig as invalid:
            problems += invalid.diagnostics
    return sources, problems


def _files(paths: Sequence[Path]) -> Iterable[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        files = sorted(file for file in path.iterdir() if file.suffix in {".yaml", ".yml"} and file.is_file())
        if not files:
            raise UserError(
                f"{path} is a folder without a .yaml file", "name a file or another folder with -c"
            )
        yield from files


def _bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise UserError(f"{path} has {size:,} bytes; more than {MAX_BYTES:,} are not read", "split it")
        return path.read_bytes()
    except FileNotFoundError:
        raise UserError(
            f"{path} does not exist", "name another file with -c, or begin one with `version: 1`"
        ) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a file name"
        raise UserError(f"{path} can't be read: {why}", "check its name and its permissions") from None


def _only_one(sources: Sequence[Source], problems: list[Diagnostic]) -> None:
    """`environments`, `default_environment` and `settings` stand in one file only."""
    for field in ("environments", "default_environment", "settings"):
        owners = [source for source in sources if getattr(source.shape, field) is not None]
        for source in owners[1:]:
            message = f"`{field}` stands in {owners[0].document.file} already"
            span = source.document.span((field,), key=True)
            problems.append(finding(Code.SPLIT_SETTINGS, span, message, "keep it in one file"))


def _settings(shape: SettingsShape | None) -> Settings:
    if shape is None:
        return Settings()
    return Settings(
        prune=shape.prune,
        name_prefix=shape.scope.name_prefix,
        ignore=tuple(shape.scope.ignore),
        protect=tuple(shape.protect),
        update=shape.update,
        max_delete_percent=shape.max_delete_percent,
        extra_event_types=tuple(shape.extra_event_types),
    )


def _kept(problems: Iterable[Diagnostic], sources: Sequence[Source]) -> tuple[Diagnostic, ...]:
    """Without those that a comment on their line ignores."""
    lines = {source.document.file: source.document.text.splitlines() for source in sources}

    def is_ignored(problem: Diagnostic) -> bool:
        text = lines.get(problem.span.file, [])
        here = text[problem.span.line - 1] if problem.span.line <= len(text) else ""
        match = _IGNORE.search(here)
        codes = {code.strip() for code in match[1].split(",")} if match else set()
        return problem.code in codes and Code(problem.code).can_be_ignored

    return in_order(
        problem._replace(source_line=_harmless(problem, lines))
        for problem in problems
        if not is_ignored(problem)
    )


def _harmless(problem: Diagnostic, lines: Mapping[str, list[str]]) -> str:
    """The offending line, unless it could hold a secret: a URL, a key, a variable or something long."""
    text = lines.get(problem.span.file, [])
    here = text[problem.span.line - 1] if problem.span.line <= len(text) else ""
    return "" if len(here) > 100 or _MAY_HOLD_SECRET.search(here) else here
