"""Which environment is meant, of those that the files declare."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches
from typing import Final, NamedTuple

from defacto_webhooks.config.account import Declaration, Environment, declared_account, nameless
from defacto_webhooks.config.schema import EnvironmentEntry
from defacto_webhooks.config.shape import Source
from defacto_webhooks.config.variables import Variables, names_in
from defacto_webhooks.config.wrong import WRONG, OrWrong
from defacto_webhooks.diagnostics import Code, Diagnostic, Findings, finding
from defacto_webhooks.errors import UserError
from defacto_webhooks.redaction import quotable
from defacto_webhooks.settings import NAMELESS


class Chosen(NamedTuple):
    """The environment that is looked at and its variables; the names of all, and the others.

    `environment` is None where it can't be known: for a mistake in a file, or for what `refused` says.
    """

    environment: Environment | None
    variables: Variables
    names: OrWrong[tuple[str, ...]]
    others: tuple[Environment, ...] = ()
    refused: UserError | None = None


_UNKNOWN: Final = EnvironmentEntry(api_url=WRONG, api_key=WRONG, variables=WRONG)


def declared(sources: Sequence[Source]) -> OrWrong[tuple[Declaration, ...]]:
    """The environments of the one file that has any; WRONG where they can't be known for a mistake."""
    is_known = True
    for source in sources:
        entries = source.content.environments
        if entries is WRONG:
            is_known = False
        elif entries is not None:
            return tuple(
                Declaration(
                    name, _UNKNOWN if entry is WRONG else entry, source.document.at("environments", name)
                )
                for name, entry in entries.items()
            )
    return () if is_known else WRONG


def names_of(known: OrWrong[tuple[Declaration, ...]]) -> OrWrong[tuple[str, ...]]:
    """Their names, in the order of the file."""
    return WRONG if known is WRONG else tuple(one.name for one in known)


def choose_environment(
    sources: Sequence[Source],
    asked: str | None,
    variables: Variables,
    api_url: str | None,
    trusted: Collection[str],
    *,
    with_key: bool,
) -> tuple[Chosen, list[Diagnostic]]:
    """The environment that is `asked` for, else the default one, else the only one.

    Its own variables are added to `variables`; in the others, every variable counts as set. `with_key`: it
    can't do without its key, which may go to `trusted` hosts. `api_url` is for files without environments.
    """
    known = declared(sources)
    names = names_of(known)
    declarations = () if known is WRONG else known
    variables = variables._replace(keys=_keys(declarations))
    findings = Findings()
    findings.add(wrong_defaults(sources, names))
    name: OrWrong[str] = WRONG
    refused: UserError | None = None
    try:
        name = name_of(sources, names, asked)
        if name is NAMELESS:
            account = nameless(variables.process, api_url, trusted, with_key=with_key)
            return Chosen(account, variables, ()), findings.all
        if api_url is not None:
            hint = "choose an environment with -e"
            raise UserError("--api-url is for files without `environments:`", hint)
    except UserError as error:
        name, refused = WRONG, error
    chosen, used, others = None, variables.all_unknown(), []
    for one in declarations:
        is_chosen = one.name == name
        own = variables if is_chosen else variables.all_unknown()
        if one.entry.variables is WRONG:
            own = own._replace(unknown=True)
        else:
            own = own._replace(written={**own.written, **one.entry.variables})
        # Who looks at one account need not trust the hosts of the others.
        hosts = trusted if is_chosen or not with_key else None
        environment = findings.of(declared_account(one, own, hosts, with_key=with_key and is_chosen))
        if is_chosen:
            chosen, used = environment, own
        else:
            others.append(environment)
    return Chosen(chosen, used, names, tuple(others), refused), findings.all


def _keys(declarations: Iterable[Declaration]) -> frozenset[str]:
    """The variables of the API keys."""
    written = (one.entry.api_key for one in declarations)
    return frozenset().union(*(names_in(key) for key in written if key and key is not WRONG))


def unknown(name: str, known: tuple[str, ...]) -> tuple[str, str]:
    """What is said of a `name` that is not among the `known`, with a hint."""
    close = get_close_matches(name, known, n=1)
    has = f"the file has {', '.join(known)}" if known else "the file has no `environments:`"
    return (
        f"there is no environment {quotable(name)!r}; {has}",
        f"did you mean {close[0]!r}?" if close else "",
    )


def wrong_defaults(sources: Sequence[Source], known: OrWrong[tuple[str, ...]]) -> Iterable[Diagnostic]:
    """A `default_environment` that is not among the `known` ones."""
    for source in sources:
        name = source.content.default_environment
        if name is not None and name is not WRONG and known is not WRONG and name not in known:
            span = source.document.at("default_environment").span
            yield finding(Code.UNKNOWN_ENVIRONMENT, span, *unknown(name, known))


def name_of(sources: Sequence[Source], known: OrWrong[tuple[str, ...]], asked: str | None) -> OrWrong[str]:
    """The environment that is meant; WRONG where a mistake in a file leaves that open. Raises UserError."""
    if known is WRONG:
        return WRONG
    if asked is not None and asked not in known:
        message, hint = unknown(asked, known)
        raise UserError(message, hint if known else "leave out -e")
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
