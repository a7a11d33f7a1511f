"""An account as a `webhooks.yaml` that plans to nothing.

The loader has the last word on the text: what it would refuse is exported with an `ignore[…]` where it
tolerates that, else left out and put under `settings.scope.ignore`, so that no plan touches it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from defacto_webhooks.adopt.check import Verdict, check, check_same
from defacto_webhooks.adopt.contents import Contents, choose
from defacto_webhooks.adopt.file import File, write
from defacto_webhooks.adopt.variables import Names, Variable
from defacto_webhooks.config import NAMELESS, Environment, Nameless
from defacto_webhooks.config.env_file import env_text
from defacto_webhooks.globs import matches
from defacto_webhooks.hosts import SANDBOX_HOST
from defacto_webhooks.phrases import plural, some
from defacto_webhooks.plan.scope import split
from defacto_webhooks.redaction import SecretUrl
from defacto_webhooks.settings import Settings
from defacto_webhooks.subscription import RemoteSubscription

_ENVIRONMENTS = {"api.getdefacto.com": "production", SANDBOX_HOST: "sandbox"}
_SHOWN = 10  # remarks of a kind


class Export(NamedTuple):
    """The file, its one environment, the variables that it needs, and what a reader should know about it.

    The text holds a secret only where that was asked for.
    """

    text: str
    environment: str
    variables: tuple[Variable, ...]
    remarks: tuple[str, ...]

    @property
    def env_text(self) -> str:
        """The variables as an env file. Raises UserError."""
        return env_text({variable.name: variable.value for variable in self.variables})


def export(
    account: Iterable[RemoteSubscription],
    environment: Environment,
    settings: Settings,
    environ: Mapping[str, str],
    *,
    targets: Collection[str] = (),
    reveal: bool = False,
) -> Export:
    """`account` as a file for `environment` under `settings`; with `targets` (globs), their entries alone.

    `environ` is the real environment, which would win over a variable of the same name. With `reveal`
    the URLs are in the file as they are; the API key never is.
    """
    scoped = split(account, settings)
    environment = _named(environment)
    refused: dict[str, str] = {}  # by id, why it can't be in a file
    while True:
        contents = choose(scoped.managed, refused, settings)
        names = Names(environ, environment.key_source, environment.api_key)
        template = _revealed
        if not reveal:
            names.learn(_urls(contents, environment))
            template = names.template
        file = write(contents, environment, names, template)
        values = {variable.name: variable.value.reveal() for variable in names.variables()} | dict(environ)
        verdict = check(file, contents, environment, values)
        if not verdict.refused:
            break
        refused |= verdict.refused
    file = file.tolerating(verdict.ignorable)
    check_same(file, contents, environment, values)
    variables, text = names.variables(), file.text
    if targets:
        contents, verdict = _only(targets, contents, verdict, file)
        text = file.entries([entry.chosen.id for entry in contents.entries])
        variables = tuple(variable for variable in variables if f"${{{variable.name}}}" in text)
        scoped = scoped._replace(
            ignored=tuple(one for one in scoped.ignored if matches(one.content.name, targets))
        )
    remarks = [*_remarks(contents, verdict)]
    if scoped.ignored:
        remarks.append(f"{plural(len(scoped.ignored), 'subscription')} left out: settings.scope.ignore")
    return Export(text, str(environment.name), variables, tuple(remarks))


def _only(
    targets: Collection[str], contents: Contents, verdict: Verdict, file: File
) -> tuple[Contents, Verdict]:
    """What of them is about these names."""
    entries = tuple(one for one in contents.entries if matches(one.chosen.content.name, targets))
    event_types = {event_type for entry in entries for event_type in entry.chosen.content.event_types}
    only = contents._replace(
        entries=entries,
        left_out={name: why for name, why in contents.left_out.items() if matches(name, targets)},
        unlisted=tuple(one for one in contents.unlisted if one in event_types),
    )
    lines = [n for n in verdict.ignorable if matches(file.owners[n].content.name, targets)]
    return only, verdict._replace(ignorable={number: verdict.ignorable[number] for number in lines})


def _named(environment: Environment) -> Environment:
    """An account that was named without a file gets the name of its environment."""
    if not isinstance(environment.name, Nameless):
        return environment
    host = environment.api_url.host if isinstance(environment.api_url, SecretUrl) else ""
    return environment._replace(name=_ENVIRONMENTS.get(host, NAMELESS))


def _urls(contents: Contents, environment: Environment) -> Iterable[SecretUrl]:
    if isinstance(environment.api_url, SecretUrl):
        yield environment.api_url
    for entry in contents.entries:
        for remote in (entry.chosen, *entry.others):
            yield remote.content.to_url


def _revealed(url: SecretUrl) -> str:
    return url.reveal().replace("$", "$$")


def _remarks(contents: Contents, verdict: Verdict) -> Iterable[str]:
    refused = (
        f"{_short(name)} can't be written in a file, so it belongs in settings.scope.ignore: {why}"
        if name
        else "a subscription without a name can't be written in a file, so settings.prune is off"
        for name, why in contents.left_out.items()
    )
    yield from some(refused, _SHOWN)
    several = (
        f"the account has {_short(entry.chosen.content.name)} {1 + twins} times: a plan deletes all but one"
        + (", and not all are the same" if entry.others else "")
        for entry in contents.entries
        if (twins := len(entry.copies) + len(entry.others))
    )
    yield from some(several, _SHOWN)
    if contents.unlisted:
        names = ", ".join(some(map(_short, contents.unlisted), _SHOWN))
        yield f"for settings.extra_event_types, because the built-in catalogue lacks it: {names}"
    ignored = Counter(code for codes in verdict.ignorable.values() for code in codes)
    for code, count in sorted(ignored.items()):
        yield f"{plural(count, 'line')} got an `ignore[{code}]` comment, or `validate` would complain"


def _short(name: str) -> str:
    return repr(name if len(name) <= 60 else f"{name[:59]}…")
