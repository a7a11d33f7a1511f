"""`doctor`: what stands between the file and a notification that arrives."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

import click

from defacto_webhooks.cli.invocation import Invocation
from defacto_webhooks.cli.loading import is_default_missing, load_account
from defacto_webhooks.cli.options import AccountOptions, account_options, command
from defacto_webhooks.config import Config
from defacto_webhooks.diagnostics import InvalidConfig, Severity, counted
from defacto_webhooks.errors import Exit, UserError
from defacto_webhooks.phrases import plural, some
from defacto_webhooks.plan import guards
from defacto_webhooks.probe import Probe, mildest, probes
from defacto_webhooks.redaction import SecretUrl
from defacto_webhooks.redaction.printable import line, short
from defacto_webhooks.render import words
from defacto_webhooks.session import Session, open_session
from defacto_webhooks.signals import Signals

_COLORS: Final = {"ok": "green", "FAIL": "red", "note": "yellow"}
_SHOWN: Final = 8  # addresses that fare alike
_NAMES: Final = 3
_INDENT: Final = " " * 19


@command()
@click.option("--probe", is_flag=True, help="POST a sample notification to every to_url in the file.")
@account_options
def doctor(invocation: Invocation, account: AccountOptions, probe: bool) -> int:
    """Check the key, the environment, the file and the callbacks.

    Also says whether the account differs from the file. With --probe it POSTs
    one sample notification to every callback, with the transition_name SAMPLE
    and an id of zeros, and reports whether the callback can be reached, accepts
    POST and answers 2xx, and how fast. Nothing in the account changes.

    Exits with 1 if something is wrong. A difference alone is no error.

    \b
    Example:
      defacto-webhooks doctor -e production --probe
    """
    return _Checkup(invocation, account, probe=probe).run()


class _Checkup:
    """One run of the command."""

    def __init__(self, invocation: Invocation, account: AccountOptions, *, probe: bool) -> None:
        self._invocation = invocation
        self._console = invocation.console
        self._options = account
        self._probes = probe
        self._has_file = not is_default_missing(account)
        self._failed = 0

    def run(self) -> int:
        """The exit code."""
        config = self._file()
        if config is not None:
            Signals(self._console.note).run(self._account(config))
        style = self._console.style()
        if self._failed:
            self._console.result(style.paint(f"{plural(self._failed, 'problem')}.", "red", bold=True))
            return Exit.ERROR
        if self._has_file:
            self._console.result(style.paint("No problems found.", "green", bold=True))
        else:
            self._console.result(style.paint("The account is fine; there is no file yet.", bold=True))
        return Exit.DONE

    def _file(self) -> Config | None:
        try:
            config = load_account(self._invocation, self._options)
        except UserError as error:
            if isinstance(error, InvalidConfig):
                self._console.diagnostics(error.diagnostics)
            self._tell("FAIL", "file", error.message, error.hint)
            return None
        self._console.diagnostics(config.diagnostics)
        files = ", ".join(map(str, self._options.config))
        if self._has_file:
            warnings = f", {counted(config.diagnostics, Severity.WARNING)}" if config.diagnostics else ""
            wanted = plural(len(config.webhooks), "subscription")
            self._tell("note" if warnings else "ok", "file", f"{files}: {wanted}{warnings}")
        else:
            hint = "`defacto-webhooks init --from-account` exports the account, `init` writes a first file"
            self._tell("note", "file", f"{files} does not exist, so only the account is checked", hint)
        environment = config.environment
        others = [name for name in config.environments if name != environment.name]
        also = f" (others in the file: {', '.join(others)})" if others else ""
        self._tell("ok", "environment", f"{environment.name}, {environment.shown_url}{also}")
        return config

    async def _account(self, config: Config) -> None:
        compared = ("drift", self._drift) if self._has_file else ("account", self._contents)
        async with open_session(config, say=self._console.note) as session:
            for what, check in (("key", self._key), compared):
                try:
                    await check(session)
                except UserError as error:
                    self._tell("FAIL", what, error.message, error.hint)
                    break
        if self._probes:
            await self._callbacks(config)
        elif config.webhooks:
            self._tell("note", "callbacks", "not checked; --probe sends each one a sample notification")

    async def _key(self, session: Session) -> None:
        source = session.config.environment.key_source
        began = time.perf_counter()
        await session.api.hello()
        if session.embedded is not None:
            self._tell("ok", "key", "none needed: the API is embedded")
        else:
            took = f"{(time.perf_counter() - began) * 1000:.0f} ms"
            self._tell("ok", "key", f"{source} is accepted; the API answered in {took}")

    async def _contents(self, session: Session) -> None:
        """Without a file there is no drift."""
        count = len(await session.api.list_subscriptions())
        hint = "`defacto-webhooks export -o webhooks.yaml --write-env .env` writes them as a file"
        self._tell("ok", "account", plural(count, "subscription"), hint if count else "")

    async def _drift(self, session: Session) -> None:
        plan = await session.first_plan()
        if not session.config.webhooks and not plan.names_in_scope:
            self._tell("ok", "drift", "neither the file nor the account has any subscriptions")
        elif plan.is_empty:
            self._tell("ok", "drift", words.summary(plan))
        else:
            refused = [guard.code for guard in guards.check(plan)]
            also = f" apply would refuse it: {', '.join(refused)}." if refused else ""
            self._tell("note", "drift", words.summary(plan) + also, "`defacto-webhooks plan` shows each")

    async def _callbacks(self, config: Config) -> None:
        event_types: dict[SecretUrl, str] = {}
        names: dict[SecretUrl, list[str]] = {}
        for subscription in config.webhooks:
            event_types.setdefault(subscription.to_url, mildest(subscription.event_types))
            names.setdefault(subscription.to_url, []).append(subscription.name)
        if event_types:
            self._console.note(f"Sending a sample to {plural(len(event_types), 'address', 'addresses')} …")
        groups: dict[tuple[bool, str, str], list[Probe]] = {}
        for probe in await probes(event_types):
            groups.setdefault((not probe.problem, probe.problem, probe.hint), []).append(probe)
        for (well, problem, hint), members in sorted(groups.items()):
            members.sort(key=lambda probe: names[probe.url])
            many = f" ({plural(len(members), 'address', 'addresses')})" if members[1:] else ""
            verdict = "FAIL" if not well else "note" if hint else "ok"
            self._tell(verdict, "callback", (problem or "accepts POST and answers 2xx") + many, hint)
            for shown in some((_shown(probe, names[probe.url]) for probe in members), _SHOWN):
                self._console.result(f"{_INDENT}{shown}")

    def _tell(self, verdict: str, what: str, text: str, hint: str = "") -> None:
        """`text` is one line; what is wrong counts."""
        self._failed += verdict == "FAIL"
        style = self._console.style()
        mark = style.paint(f"{verdict:<4}", _COLORS[verdict], bold=True)
        self._console.result(f"{mark}  {what:<11}  {short(line(text))}")
        if hint:
            self._console.result(style.wrap(line(hint), len(_INDENT)))


def _shown(probe: Probe, names: Sequence[str]) -> str:
    subscriptions = ", ".join(some(names, _NAMES))
    took = f"  {probe.status} in {probe.seconds * 1000:.0f} ms" if probe.status is not None else ""
    return f"{line(short(subscriptions))}  {short(str(probe.url))}{took}"
