"""Files → the desired state of one environment. All diagnostics of a stage at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from defacto_webhooks.config import shape
from defacto_webhooks.config.checks import Checker
from defacto_webhooks.config.codes import Code, finding
from defacto_webhooks.config.document import MAX_BYTES, build, collector_off, compose, decode
from defacto_webhooks.config.environment import Environment, choose_environment
from defacto_webhooks.config.expand import Places, expand
from defacto_webhooks.config.schema import SettingsShape
from defacto_webhooks.config.shape import Source
from defacto_webhooks.config.snippets import Page
from defacto_webhooks.config.variables import Variables
from defacto_webhooks.diagnostics import Diagnostic, InvalidConfig, in_order
from defacto_webhooks.errors import UserError
from defacto_webhooks.settings import Scope, Settings
from defacto_webhooks.subscription import Subscription


class Config(NamedTuple):
    """What the files want of one environment. `places` tells where each subscription stands."""

    environment: Environment
    environments: tuple[str, ...]
    settings: Settings
    webhooks: tuple[Subscription, ...]
    places: Mapping[str, Places]
    diagnostics: tuple[Diagnostic, ...]


def load(
    paths: Sequence[Path],
    *,
    environment: str | None = None,
    environ: Mapping[str, str],
    env_file: Mapping[str, str] | None = None,
    api_url: str | None = None,
    check_only: bool = False,
    without_variables: bool = False,
    account_only: bool = False,
) -> Config:
    """Read `paths` (files, or folders of them) and resolve them for `environment`.

    `environ` is the process environment, `env_file` what an env file adds to it. `check_only` needs no
    API key; `without_variables` takes every variable as set, to an unknown value; `account_only` leaves
    the subscriptions out, and what is wrong with them. Raises InvalidConfig with all diagnostics,
    UserError where a file can't be read.
    """
    process = {**(env_file or {}), **environ}
    with collector_off():
        read = _read(_raw(paths))
        return _resolved(read, environment, process, api_url, check_only, without_variables, account_only)


def load_text(text: str, file: str, environ: Mapping[str, str]) -> Config:
    """As `load`, of a file that is not written yet; `file` is how diagnostics name it."""
    with collector_off():
        return _resolved(_read([(file, text.encode())]), None, environ, None)


def _resolved(
    read: Read,
    environment: str | None,
    process: Mapping[str, str],
    api_url: str | None,
    check_only: bool = False,
    without_variables: bool = False,
    account_only: bool = False,
) -> Config:
    sources, pages, problems = read
    _only_one(sources, problems)
    if problems:
        raise InvalidConfig(_kept(problems, pages))
    try:
        chosen = choose_environment(
            sources, environment, process, api_url, check_only=check_only, without_variables=without_variables
        )
    except InvalidConfig as invalid:
        raise InvalidConfig(_kept(invalid.diagnostics, pages)) from None
    problems += chosen.problems
    for file, page in pages.items():
        problems += page.wrong_ignores(file)
    settings = _settings(next((s.shape.settings for s in sources if s.shape.settings), None))
    variables = Variables(chosen.variables, process, unknown=without_variables)
    entries = [] if account_only else expand(sources, chosen, settings, variables, problems)
    checker = Checker(chosen.environment, settings, without_variables=without_variables)
    problems += checker.check(sources, entries)
    found = _kept(problems, pages)
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
    sources, pages, problems = _read(_raw(paths))
    if problems:
        raise InvalidConfig(_kept(problems, pages))
    return tuple(name for source in sources for name in source.shape.environments or ())


class Read(NamedTuple):
    """The files of the right shape, what can be shown of all of them, and what is wrong."""

    sources: list[Source]
    pages: dict[str, Page]
    problems: list[Diagnostic]


def _read(files: Iterable[tuple[str, bytes]]) -> Read:
    """Each file by its name and its content."""
    sources: list[Source] = []
    pages: dict[str, Page] = {}
    problems: list[Diagnostic] = []
    for name, raw in files:
        try:
            text = decode(raw, name)
            pages[name] = Page(text)
            root = compose(text, name)
            pages[name] = Page(text, root)
            document = build(root, text, name)
            sources.append(Source(document, shape.check(document)))
        except InvalidConfig as invalid:
            problems += invalid.diagnostics
    return Read(sources, pages, problems)


def _raw(paths: Sequence[Path]) -> Iterable[tuple[str, bytes]]:
    return ((str(path), _bytes(path)) for path in _files(paths))


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
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)  # a device says 0 for its size
    except FileNotFoundError:
        raise UserError(
            f"{path} does not exist", "name another file with -c, or begin one with `version: 1`"
        ) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a file name"
        raise UserError(f"{path} can't be read: {why}", "check its name and its permissions") from None
    if len(raw) > MAX_BYTES:
        raise UserError(f"{path} has more than {MAX_BYTES:,} bytes, which are not read", "split it")
    return raw


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
        scope=Scope(name_prefix=shape.scope.name_prefix, ignore=tuple(shape.scope.ignore)),
        protect=tuple(shape.protect),
        update=shape.update,
        max_delete_percent=shape.max_delete_percent,
        unwatched=tuple(shape.unwatched),
        extra_event_types=tuple(shape.extra_event_types),
    )


def _kept(problems: Iterable[Diagnostic], pages: Mapping[str, Page]) -> tuple[Diagnostic, ...]:
    """With their lines, and without those that a comment on their line ignores."""
    kept = []
    for problem in problems:
        page = pages.get(problem.span.file)
        if page is None:
            kept.append(problem)
        elif not (problem.code in page.ignored(problem.span.line) and Code(problem.code).can_be_ignored):
            kept.append(problem._replace(snippet=page.snippet(problem.span)))
    return in_order(kept)
