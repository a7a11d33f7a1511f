"""`init`: the files that a repository of webhook subscriptions begins with."""

from __future__ import annotations

import codecs
import re
import sys
from importlib import resources
from pathlib import Path
from typing import Final

import click

from defacto_webhooks import hosts
from defacto_webhooks.ci.provider import Provider
from defacto_webhooks.ci.providers import PROVIDERS
from defacto_webhooks.cli import export
from defacto_webhooks.cli.console import Console, is_terminal
from defacto_webhooks.cli.files import is_used, not_written, write_new
from defacto_webhooks.cli.invocation import Invocation
from defacto_webhooks.cli.options import (
    API_URL,
    DEFAULT_CONFIG,
    ENV_FILE,
    TRUST_HOST,
    AccountOptions,
    command,
    is_typed,
)
from defacto_webhooks.errors import UserError
from defacto_webhooks.redaction import InvalidUrl, SecretUrl

_EXAMPLE: Final = "https://hooks.example.com"
_PROVIDERS: Final = {provider.name: provider for provider in PROVIDERS}
_SECRETS: Final = Path(".env")
_IGNORED: Final = (".defacto-webhooks/", str(_SECRETS))  # the local API's account, and secrets
_EXAMPLE_ENVIRONMENT = re.compile(r"\bproduction\b")  # of the packaged workflow
# What stands in a YAML file, a variable and a URL as it is.
_PLAIN = re.compile(r"https://[^/?#@]+(?:/[A-Za-z0-9._~-]+)*")


@command()
@click.option(
    "--callbacks",
    metavar="URL",
    help="The base URL of production's callbacks.  [default: https://hooks.example.com]",
)
@click.option(
    "--workflow",
    type=click.Choice([*_PROVIDERS, "none"]),
    default=PROVIDERS[0].name,
    show_default=True,
    help="Write a workflow for this CI: plan on pull requests, apply on merge.",
)
@click.option(
    "--from-account",
    is_flag=True,
    help="Instead, export the account that --api-url and DEFACTO_API_KEY name: "
    "webhooks.yaml, and .env with its secrets.",
)
@API_URL
@ENV_FILE
@TRUST_HOST
def init(
    invocation: Invocation,
    callbacks: str | None,
    workflow: str,
    from_account: bool,
    api_url: str | None,
    env_file: tuple[Path, ...],
    trusted: tuple[str, ...],
) -> None:
    """Write a starter webhooks.yaml, CI workflow and .gitignore.

    Files that are there already stay as they are. On a terminal it asks two
    questions, unless an option answers one of them.

    \b
    Example:
      defacto-webhooks init
      defacto-webhooks init --callbacks https://hooks.acme.com
      defacto-webhooks init --from-account --api-url https://api.getdefacto.com
    """
    console = invocation.console
    if from_account:
        if callbacks is not None:
            raise UserError("--callbacks can't be combined with --from-account", "the account has its own")
        account = AccountOptions((), None, api_url, env_file, trusted=trusted)
        _write_account(invocation, account, _PROVIDERS.get(workflow))
        return
    if api_url is not None or env_file or trusted:
        raise UserError(
            "--api-url, --env-file and --trust-host need --from-account", "add it, or leave them out"
        )
    url = _base_url(_EXAMPLE if callbacks is None else callbacks)
    is_told = is_typed("callbacks") or is_typed("workflow")
    if is_terminal(sys.stdin) and is_terminal(sys.stderr) and not is_told:
        url = click.prompt("Where will your callbacks be?", _EXAMPLE, err=True, value_proc=_asked)
        provider = PROVIDERS[0]
        if not click.confirm(f"Add a {provider.title} workflow?", default=True, err=True):
            workflow = "none"
    _write(url, console, _PROVIDERS.get(workflow))


def _base_url(text: str) -> str:
    """What all callbacks begin with: https, a host that Defacto can reach, a path. Raises UserError."""
    text = text.strip()
    hint = f"for example {_EXAMPLE}; the token comes from the variable CALLBACK_TOKEN"
    try:
        url = SecretUrl.from_file([text if "://" in text else f"https://{text}"])
    except InvalidUrl as error:
        raise UserError(f"the callbacks' URL {error}", hint) from None
    if url.scheme != "https":
        raise UserError(
            "the callbacks' URL must begin with https://",
            "over plain http, anyone on the way can read the token",
        )
    plain = url.reveal().rstrip("/")
    if _PLAIN.fullmatch(plain) is None:
        raise UserError("the callbacks' URL can only have a host and a plain path", hint)
    if hosts.is_private(url.host):
        raise UserError(
            f"Defacto can't reach {url.host}: it is on this machine or in a private network", hint
        )
    return plain


def _asked(text: str) -> str:
    """As `_base_url`, for an answer to a question: what is wrong with it is said, and it is asked again."""
    try:
        return _base_url(text)
    except UserError as error:
        raise click.UsageError(f"{error.message}; {error.hint}") from None


def _write(url: str, console: Console, provider: Provider | None) -> None:
    """Write what is not there yet, and say what was done and what comes next. Raises UserError."""
    starter = _packaged("defacto_webhooks.cli", "starter/webhooks.yaml").replace(_EXAMPLE, url)
    is_new = _new(DEFAULT_CONFIG, starter, console)
    if provider:
        _workflow(provider, "production", console)
    _ignore(console)
    if is_new:  # what another file needs is not known here
        console.note(
            "\nNext:\n"
            "  defacto-webhooks plan                  the local API, no account needed\n"
            "  defacto-webhooks plan -e production    with DEFACTO_API_KEY and CALLBACK_TOKEN set"
        )


def _write_account(invocation: Invocation, account: AccountOptions, provider: Provider | None) -> None:
    """As `_write`, with the account that the options name as the file. Raises UserError."""
    console = invocation.console
    if is_used(DEFAULT_CONFIG):
        raise UserError(
            f"{DEFAULT_CONFIG} already exists, and is never overwritten",
            "`defacto-webhooks export -o FILE` writes to another one",
        )
    exported = export.read_account(invocation, account)
    env_text = exported.env_text
    _ignore(console)  # before there is a secret that git could take
    has_env = _new(_SECRETS, env_text, console, private=True)
    _new(DEFAULT_CONFIG, exported.text, console)
    if provider and _workflow(provider, exported.environment, console) and exported.variables:
        where = provider.secrets.format(environment=exported.environment)
        console.note(f"The workflow needs the contents of {_SECRETS} {where}.")
    export.tell(exported, DEFAULT_CONFIG, _SECRETS if has_env else None, console)


def _workflow(provider: Provider, environment: str, console: Console) -> bool:
    """The workflow for `environment` of the file; whether it was written."""
    here = Path.cwd()
    root = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
    if root != here:
        console.note(
            f"No workflow was written: {provider.title} looks for it in {root}, which is not this folder."
        )
        return False
    starter = _packaged(f"defacto_webhooks.ci.{provider.name}", provider.starter)
    text = _EXAMPLE_ENVIRONMENT.sub(lambda _: environment, starter)
    return _new(Path(provider.workflow), text, console)


def _packaged(package: str, path: str) -> str:
    return resources.files(package).joinpath(path).read_text(encoding="utf-8")


def _new(path: Path, text: str, console: Console, *, private: bool = False) -> bool:
    """Whether it was written."""
    if is_used(path):
        console.result(f"kept     {path}, which already exists")
        return False
    for folder in path.parents:
        if folder.is_symlink():
            raise UserError(
                f"{folder} is a link, and is not written through", "put a real folder in its place"
            )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise not_written(path, error) from None
    write_new(path, text, private=private)
    console.result(f"written  {path}")
    return True


def _ignore(console: Console) -> None:
    """Add the lines to .gitignore that are missing, behind what is there."""
    path = Path(".gitignore")
    try:
        there = path.read_bytes() if path.exists() else b""
        missing = [line for line in _IGNORED if not _is_ignored(line, there)]
        if not missing:
            return
        if path.is_symlink():
            raise UserError(
                f"{path} is a link, and is not written through",
                f"add these lines where it leads, or make it a file: {' '.join(missing)}",
            )
        newline = "\r\n" if b"\r\n" in there else "\n"
        gap = newline if there and not there.endswith(b"\n") else ""
        with path.open("ab") as file:  # behind it, so that nothing of it can be lost
            file.write((gap + "".join(line + newline for line in missing)).encode())
    except OSError as error:
        raise not_written(path, error) from None
    console.result(f"{'added' if there else 'written':<8} {path}: {' '.join(missing)}")


def _is_ignored(name: str, gitignore: bytes) -> bool:
    """Whether git reads one of its lines as `name`, and none behind it takes some name back.

    To git, blanks and slashes have a meaning: a line `.env/` leaves a file `.env` in.
    """
    known = False
    for line in gitignore.removeprefix(codecs.BOM_UTF8).split(b"\n"):
        pattern = line.removesuffix(b"\r").rstrip(b" ").decode(errors="replace").removeprefix("/")
        known = not pattern.startswith("!") and (known or pattern in (name, name.rstrip("/")))
    return known
