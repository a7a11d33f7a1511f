"""The loader's word on an exported file: nothing is exported that does not read back as the account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final, NamedTuple

from defacto_webhooks.adopt.contents import Contents
from defacto_webhooks.adopt.file import File
from defacto_webhooks.config import Config, Environment, load_text
from defacto_webhooks.diagnostics import Code, Diagnostic, InvalidConfig
from defacto_webhooks.events import has_event_type_shape
from defacto_webhooks.redaction import SecretUrl

_FILE: Final = "the exported file"


class Verdict(NamedTuple):
    """What is wrong with a file: by id, why a subscription can't be in it; by line, what may be ignored."""

    refused: Mapping[str, str]
    ignorable: Mapping[int, tuple[Code, ...]]


def check(file: File, contents: Contents, environment: Environment, values: Mapping[str, str]) -> Verdict:
    """`values` are the variables of the file."""
    refused = {
        entry.chosen.id: f"its event type {event_type!r} is not one"
        for entry in contents.entries
        for event_type in contents.unlisted
        if event_type in entry.chosen.content.event_types and not has_event_type_shape(event_type)
    }
    if refused:  # the loader would only find them in the settings
        return Verdict(refused, {})
    ignorable: dict[int, list[Code]] = defaultdict(list)
    for finding in _findings(file, environment, values):
        owner, code = file.owners.get(finding.span.line), Code(finding.code)
        if owner is None:
            raise AssertionError(f"the exported file has an error: {code}")
        if code.can_be_ignored:
            ignorable[finding.span.line].append(code)
        else:
            refused.setdefault(owner.id, finding.message)
    return Verdict(refused, {line: tuple(codes) for line, codes in ignorable.items()})


def check_same(file: File, contents: Contents, environment: Environment, values: Mapping[str, str]) -> None:
    """Raise AssertionError where the file does not read back as what it was made from."""
    loaded = _load(file, environment, values)
    read = (loaded.webhooks, loaded.settings, loaded.environment.api_url, loaded.environment.api_key)
    subscriptions = tuple(entry.chosen.content for entry in contents.entries)
    if read != (subscriptions, contents.settings, environment.api_url, environment.api_key):
        raise AssertionError("the exported file does not read back as the account")


def _findings(file: File, environment: Environment, values: Mapping[str, str]) -> list[Diagnostic]:
    """What would be refused; under `--strict`, too, where it is nobody's mistake."""
    try:
        found = _load(file, environment, values).diagnostics
    except InvalidConfig as invalid:
        found = invalid.diagnostics
    return [one for one in found if one.is_error or one.code == Code.UNUSED_PLACEHOLDER]


def _load(file: File, environment: Environment, values: Mapping[str, str]) -> Config:
    url = environment.api_url
    return load_text(file.text, _FILE, values, [url.host] if isinstance(url, SecretUrl) else ())
