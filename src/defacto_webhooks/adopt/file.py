"""The text of the exported file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from defacto_webhooks.adopt import yaml
from defacto_webhooks.adopt.contents import Contents, ExportedEntry
from defacto_webhooks.adopt.variables import Names
from defacto_webhooks.config import EMBEDDED, Environment
from defacto_webhooks.diagnostics import Code
from defacto_webhooks.events import EVENT_TYPES
from defacto_webhooks.redaction import SecretUrl
from defacto_webhooks.render.words import folded
from defacto_webhooks.settings import Settings
from defacto_webhooks.subscription import RemoteSubscription, Subscription

Template = Callable[[SecretUrl], str]  # how the file writes a URL


@dataclass(frozen=True)
class File:
    """Lines, and whose each of them is, where it is about one subscription; lines count from 1."""

    lines: tuple[str, ...]
    owners: Mapping[int, RemoteSubscription]

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"

    def entries(self, ids: Collection[str]) -> str:
        """The entries of these subscriptions alone."""
        owned = [number for number, owner in sorted(self.owners.items()) if owner.id in ids]
        return "".join(f"{self.lines[number - 1]}\n" for number in owned)

    def tolerating(self, findings: Mapping[int, Iterable[Code]]) -> File:
        """The same, with a comment that silences these findings in their lines."""
        lines = list(self.lines)
        for number, codes in findings.items():
            lines[number - 1] += f"  # defacto-webhooks: ignore[{', '.join(codes)}]"
        return File(tuple(lines), self.owners)


def write(contents: Contents, environment: Environment, names: Names, template: Template) -> File:
    """The file for `environment`, with the variables of `names`."""
    lines = [*_head(environment, names, template), *_settings(contents.settings)]
    lines.append("webhooks:" if contents.entries else "webhooks: []")
    owners: dict[int, RemoteSubscription] = {}
    known = (*EVENT_TYPES, *contents.settings.extra_event_types)

    def fields(content: Subscription) -> Iterable[str]:
        for name, value in content.document().items():
            if name == "to_url":
                yield f"to_url: {yaml.url(template(content.to_url))}"
            elif name != "name":
                yield from yaml.value(name, folded(value, known) if name == "event_types" else value)

    for entry in contents.entries:
        start = len(lines) + 1
        lines += _twins(entry, fields)
        lines.append(f"  - name: {yaml.scalar(entry.chosen.content.name)}")
        lines += [f"    {line}" for line in fields(entry.chosen.content)]
        owners.update(dict.fromkeys(range(start, len(lines) + 1), entry.chosen))
    return File(tuple(lines), owners)


def _head(environment: Environment, names: Names, template: Template) -> Iterable[str]:
    yield "# The webhook subscriptions of this account when it was exported. Next: defacto-webhooks plan"
    if names.variables():
        yield "# Each ${…} is a secret, from the environment or an --env-file."
    yield "version: 1"
    yield "environments:"
    yield f"  {yaml.scalar(environment.name)}:"
    url = environment.api_url
    yield f"    api_url: {yaml.url(template(url)) if isinstance(url, SecretUrl) else EMBEDDED}"
    if names.api_key:
        yield f"    api_key: ${{{names.api_key}}}"


def _settings(settings: Settings) -> Iterable[str]:
    """The settings that are not the default."""
    chosen = settings.model_dump(mode="json", exclude_defaults=True)
    return yaml.value("settings", chosen) if chosen else ()


def _twins(entry: ExportedEntry, fields: Callable[[Subscription], Iterable[str]]) -> Iterable[str]:
    """Comments on what a plan would delete: it is in view here for the last time."""
    if entry.copies:
        ids = ", ".join(yaml.scalar(twin.id) for twin in entry.copies)
        yield f"  # The account has copies of it, which a plan deletes: {ids}"
    for twin in entry.others:
        yield f"  # The account has another one of this name, {yaml.scalar(twin.id)}, which a plan deletes:"
        yield from (f"  #   {line}" for line in fields(twin.content))
