"""An account as a `webhooks.yaml` that plans to nothing.

The loader has the last word on the text: what it would refuse is exported with an `ignore[…]` where it
tolerates that, else left out and put under `settings.scope.ignore`, so that no plan touches it. Nothing
is exported that does not read back as exactly what the account has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from defacto_webhooks import events
from defacto_webhooks.adopt import yaml
from defacto_webhooks.adopt.variables import Names, Variable
from defacto_webhooks.config import NAMELESS, Config, Environment, Nameless, load_text
from defacto_webhooks.diagnostics import Code, Diagnostic, InvalidConfig
from defacto_webhooks.plan.scope import ByName, split
from defacto_webhooks.redaction import Hidden
from defacto_webhooks.render.style import plural
from defacto_webhooks.render.words import folded
from defacto_webhooks.settings import Settings
from defacto_webhooks.subscription import RemoteSubscription

_ENVIRONMENTS = {"api.getdefacto.com": "production", "api-sandbox.getdefacto.com": "sandbox"}
_GLOB = re.compile(r"[*?\[]")
_SAID = 10  # notes of a kind
_FILE = "the exported file"


class Export(NamedTuple):
    """The file, the variables that it needs, and what a reader should know about it.

    The text holds a secret only where that was asked for.
    """

    text: str
    variables: tuple[Variable, ...]
    remarks: tuple[str, ...]


class Exported(NamedTuple):
    """What the file lists of one name: one of them, the others being its twins."""

    chosen: RemoteSubscription
    twins: tuple[RemoteSubscription, ...]


def export(
    account: Iterable[RemoteSubscription],
    environment: Environment,
    settings: Settings,
    environ: Mapping[str, str],
    *,
    reveal: bool = False,
) -> Export:
    """`account` as a file for `environment` under `settings`.

    `environ` is the real environment, which would win over a variable of the same name. With `reveal`
    the URLs stand in the file as they are; the API key never does.
    """
    scoped = split(account, settings)
    named = environment
    if isinstance(environment.name, Nameless):
        host = environment.api_url.partition("://")[2]
        named = environment._replace(name=_ENVIRONMENTS.get(host, NAMELESS))
    refused: dict[str, str] = {}  # id → why it can't be in a file
    while True:
        writer = _Writer(scoped.managed, refused, named, settings, environ, reveal=reveal)
        found = writer.refusals()
        if not found:
            break
        refused |= found
    remarks = [*writer.remarks()]
    if scoped.ignored:
        count = plural(len(scoped.ignored), "subscription")
        remarks.append(f"{count} ignored, as settings.scope.ignore says")
    return Export("\n".join(writer.lines) + "\n", writer.names.variables(), tuple(remarks))


class _Writer:
    """One attempt: the file without what is known to be refused."""

    def __init__(
        self,
        managed: ByName,
        refused: Mapping[str, str],
        environment: Environment,
        settings: Settings,
        environ: Mapping[str, str],
        *,
        reveal: bool,
    ) -> None:
        self._reveal = reveal
        self._environ = environ
        self._environment = environment
        self.names = Names(environ)
        self.lines: list[str] = []
        self._owners: dict[int, RemoteSubscription] = {}  # line → whose
        self._entries: list[Exported] = []
        self._left_out: list[tuple[str, str]] = []  # name, why
        self._tolerated: dict[Code, int] = {}
        for name in sorted(managed):
            good = sorted((r for r in managed[name] if r.id not in refused), key=lambda remote: remote.id)
            if good:
                twins = tuple(sorted((r for r in managed[name] if r is not good[0]), key=lambda r: r.id))
                self._entries.append(Exported(good[0], twins))
            else:
                self._left_out.append((name, refused[min(remote.id for remote in managed[name])]))
        unknown = {
            event_type
            for entry in self._entries
            for event_type in entry.chosen.content.event_types
            if event_type not in events.EVENT_TYPES
        }
        extra = unknown.union(settings.extra_event_types).difference(events.EVENT_TYPES)
        self._unknown = sorted(unknown)
        left_alone = (_exactly(name) for name, _ in self._left_out if name)
        scope = settings.scope.model_copy(update={"ignore": (*settings.scope.ignore, *left_alone)})
        self._settings = settings.model_copy(
            update={
                "prune": settings.prune and "" not in managed,
                "scope": scope,
                "extra_event_types": tuple(sorted(extra)),
            }
        )
        self._write()

    def refusals(self) -> dict[str, str]:
        """By id, what the loader does not take of this file, and why; what it tolerates gets its comment."""
        odd = {
            entry.chosen.id: f"its event type {_short(event_type)} is not one"
            for entry in self._entries
            for event_type in entry.chosen.content.event_types
            if event_type not in events.EVENT_TYPES and not events.has_event_type_shape(event_type)
        }
        if odd:
            return odd
        problems = self._problems()
        if problems:
            found = self._sorted_out(problems)
            if found:
                return found
        loaded = self._load()
        contents = tuple(entry.chosen.content for entry in self._entries)
        wanted = (contents, self._settings, self._environment.api_url, self._environment.api_key)
        where = loaded.environment
        if (loaded.webhooks, loaded.settings, where.api_url, where.api_key) != wanted:
            raise AssertionError("the exported file does not read back as the account")
        return {}

    def _problems(self) -> list[Diagnostic]:
        """What would be refused, or under `--strict` for what is nobody's mistake."""
        try:
            found = self._load().diagnostics
        except InvalidConfig as invalid:
            found = invalid.diagnostics
        return [one for one in found if one.is_error or one.code == Code.UNUSED_PLACEHOLDER]

    def _load(self) -> Config:
        values = {variable.name: variable.value.reveal() for variable in self.names.variables()}
        return load_text("\n".join(self.lines), _FILE, values | dict(self._environ))

    def _sorted_out(self, problems: Sequence[Diagnostic]) -> dict[str, str]:
        """By id, whom errors concern that nothing lifts; the lines of the others get their comment."""
        found: dict[str, str] = {}
        tolerable: dict[int, list[Code]] = {}
        for problem in problems:
            owner = self._owners.get(problem.span.line)
            code = Code(problem.code)
            if owner is not None and not code.can_be_ignored:
                found.setdefault(owner.id, problem.message)
            elif owner is not None:
                tolerable.setdefault(problem.span.line, []).append(code)
            else:
                raise AssertionError(f"the exported file has an error: {problem.code}")
        for number, codes in tolerable.items():
            self.lines[number - 1] += f"  # defacto-webhooks: ignore[{', '.join(codes)}]"
            for code in codes:
                self._tolerated[code] = self._tolerated.get(code, 0) + 1
        return found

    def remarks(self) -> Iterable[str]:
        yield from _first(
            f"{_short(name)} can't be in a file, so settings.scope.ignore leaves it alone: {why}"
            if name
            else "a subscription without a name can't be in a file, so settings.prune is off"
            for name, why in self._left_out
        )
        yield from _first(
            f"{_short(entry.chosen.content.name)} has {plural(len(entry.twins), 'twin')} of that name:"
            " the plan will delete all but one"
            for entry in self._entries
            if entry.twins
        )
        if self._unknown:
            yield (
                "not in the built-in catalogue, so in settings.extra_event_types: "
                + ", ".join(_first(map(_short, self._unknown)))
            )
        for code, count in sorted(self._tolerated.items()):
            yield f"{plural(count, 'line')} with `ignore[{code}]`, as a check would object"

    def _write(self) -> None:
        key = self._environment.api_key
        key_name = self.names.key(self._environment.key_source, key) if key else ""
        if not self._reveal:
            stretches: list[Hidden] = []

            def noted(hidden: Hidden) -> str:
                stretches.append(hidden)
                return ""

            for entry in self._entries:
                entry.chosen.content.to_url.as_template(noted)
            self.names.learn(stretches)
        self.lines += [*self._head(key_name), *_settings(self._settings)]
        self.lines.append("webhooks:" if self._entries else "webhooks: []")
        for entry in self._entries:
            start = len(self.lines) + 1
            self.lines += self._entry(entry)
            self._owners.update(dict.fromkeys(range(start, len(self.lines) + 1), entry.chosen))

    def _head(self, key_name: str) -> Iterable[str]:
        yield "# The webhook subscriptions of this account, as they were. Next: defacto-webhooks plan"
        if self.names.variables():
            yield "# Each ${…} is a secret, from the environment or an --env-file."
        yield "version: 1"
        yield "environments:"
        yield f"  {yaml.scalar(self._environment.name)}:"
        yield f"    api_url: {yaml.url(self._environment.api_url.replace('$', '$$'))}"
        if key_name:
            yield f"    api_key: ${{{key_name}}}"

    def _entry(self, entry: Exported) -> Iterable[str]:
        content = entry.chosen.content
        if entry.twins:
            ids = ", ".join(yaml.scalar(twin.id) for twin in entry.twins[:5])
            more = f" and {len(entry.twins) - 5} more" if len(entry.twins) > 5 else ""
            yield f"  # The account has it {len(entry.twins) + 1} times: a plan deletes {ids}{more}."
        yield f"  - name: {yaml.scalar(content.name)}"
        url = content.to_url
        text = url.reveal().replace("$", "$$") if self._reveal else url.as_template(self.names.of)
        yield f"    to_url: {yaml.url(text)}"
        known = (*events.EVENT_TYPES, *self._settings.extra_event_types)
        yield from yaml.field("event_types", folded(content.event_types, known, at_least=2), 4)


def _settings(settings: Settings) -> Iterable[str]:
    """The `settings` that are not the default."""
    chosen = settings.model_dump(mode="json", exclude_defaults=True)
    return yaml.value("settings", chosen, 0) if chosen else ()


def _exactly(name: str) -> str:
    """The glob that matches `name` alone."""
    return _GLOB.sub(lambda match: f"[{match[0]}]", name)


def _first(texts: Iterable[str]) -> Iterable[str]:
    """Those that somebody reads; the file has all of them."""
    everything = list(texts)
    yield from everything[:_SAID]
    if len(everything) > _SAID:
        yield f"{len(everything) - _SAID:,} more like that"


def _short(name: str) -> str:
    return repr(name if len(name) <= 60 else f"{name[:59]}…")
