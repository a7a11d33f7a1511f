"""An open account beside what the file wants of it: read, plan, plan again, apply."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx

from defacto_webhooks import apply
from defacto_webhooks.api import DefactoApi
from defacto_webhooks.apply import Outcome, Reason, Report, Result
from defacto_webhooks.config import Config
from defacto_webhooks.errors import RequestError, Unfinished, UserError, words_of_param
from defacto_webhooks.phrases import some
from defacto_webhooks.plan import Plan, check_targets, guards, known_names, make_plan
from defacto_webhooks.plan.approval import unapproved
from defacto_webhooks.redaction import Secret, SecretUrl
from defacto_webhooks.redaction.printable import line
from defacto_webhooks.subscription import FIELDS, RemoteSubscription

if TYPE_CHECKING:  # its packages are an optional extra
    from defacto_webhooks.local_api import LocalApi

LOCAL_DB: Final = Path(".defacto-webhooks/local.db")
_NAMED: Final = 5  # changes that a refusal names


@dataclass(frozen=True)
class Session:
    """One account and what the file wants of it. `key` is for fingerprints; `stop` ends an apply early;
    `say` takes a line about a longer wait. `approved`: the steps of a plan that is resumed.
    """

    config: Config
    api: DefactoApi
    key: Secret
    stop: asyncio.Event
    targets: tuple[str, ...]
    parallelism: int
    embedded: LocalApi | None
    say: Callable[[str], None] = lambda _: None
    approved: Collection[str] | None = None

    def plan(self, current: Sequence[RemoteSubscription]) -> Plan:
        return make_plan(
            self.config.webhooks,
            current,
            self.config.settings,
            environment=self.config.environment.name,
            api_url=self.config.environment.api_url or "",
            fingerprint_key=self.key,
            targets=self.targets,
            approved=self.approved,
            locate=self.config.locate,
        )

    async def first_plan(self) -> Plan:
        """Read and plan. Raises UserError, also for a target that names nothing."""
        plan, _ = await self.read_and_plan()
        return plan

    async def read_and_plan(self, *, check: bool = True) -> tuple[Plan, tuple[RemoteSubscription, ...]]:
        """The plan, and the read that it was made from. `check`: a target that names nothing is an error."""
        current = await self.api.list_subscriptions()
        if check:
            check_targets(self.targets, known_names(self.config.webhooks, current))
        return self.plan(current), current


@asynccontextmanager
async def open_session(
    config: Config,
    *,
    targets: Collection[str] = (),
    parallelism: int = 10,
    db: Path = LOCAL_DB,
    say: Callable[[str], None] = lambda _: None,
) -> AsyncIterator[Session]:
    """The account of `config`; an embedded one is in the SQLite file `db`. Raises UserError.

    `targets` are globs on names, `parallelism` is how many requests are in flight at most, `say` takes a
    line about a longer wait. An embedded API finishes the deliveries that are due before it closes.
    """
    environment, stop = config.environment, asyncio.Event()
    key, key_source = environment.api_key, environment.key_source
    api_url = environment.api_url
    transport = embedded = None
    async with AsyncExitStack() as stack:
        if environment.is_embedded:
            # Here, as its packages are an optional extra that a real account does without.
            from defacto_webhooks.local_api import EMBEDDED_KEY, LocalApi

            embedded = LocalApi(db)
            stack.push_async_callback(embedded.aclose)
            embedded.open()  # a file that can't be used is no answer of a server, to be asked again
            transport = httpx.ASGITransport(embedded.asgi)
            api_url = SecretUrl.from_account("http://embedded")
            key, key_source = Secret(EMBEDDED_KEY), "the embedded API"
        if key is None or not isinstance(api_url, SecretUrl):
            raise UserError(f"environment {environment.name!r} has no API key", "set `api_key` in the file")
        api = await stack.enter_async_context(
            DefactoApi(
                api_url,
                key,
                environment=environment.name,
                key_source=key_source,
                known=config.known_urls(),
                transport=transport,
                parallelism=parallelism,
                stop=stop,
                say=say,
            )
        )
        yield Session(config, api, key, stop, tuple(targets), parallelism, embedded, say)
        if embedded is not None:
            with suppress(UserError):  # what is due stays for the next time, and what was done is done
                await embedded.run_due()


async def plan_account(
    config: Config, *, targets: Collection[str] = (), say: Callable[[str], None] = lambda _: None
) -> tuple[Plan, Secret]:
    """What an apply would do, and the key that its fingerprints are made with. Raises UserError."""
    async with open_session(config, targets=targets, say=say) as session:
        return await session.first_plan(), session.key


async def apply_plan(
    session: Session,
    *,
    approved: Collection[str] | None = None,
    expected: str | None = None,
    allowed: Collection[str] = (),
    show: Callable[[Plan], None] = lambda _: None,
    confirm: Callable[[Plan], Awaitable[bool]] | None = None,
    begin: Callable[[Plan], Callable[[int], None]] = lambda _: lambda _: None,
) -> Report:
    """Read, plan, have it approved, carry it out and prove it.

    approved: the keyed fingerprints of the steps that were approved before; None: whatever the plan is.
    expected: the fingerprint that the plan must have. allowed: codes of guards to lift.
    show: gets a plan that is not empty, before anything about it is refused.
    confirm: is asked whether to go on; after a yes the account is read once more.
    begin: is called when nothing stands in the way of the first change any more; what it returns is told how
        many steps were answered.

    Raises UserError (GuardRefused), and has changed nothing, where the plan may not be carried
    out. Whatever goes wrong later is in the report; Unfinished is raised only where there is none.
    """
    session = replace(session, approved=approved)
    # What a target named may be done already where an approved plan is resumed.
    plan, current = await session.read_and_plan(check=approved is None)
    if not plan.is_empty:
        show(plan)
        if approved is not None:
            _check_approved(plan, approved, session.key)
        if expected is not None and plan.fingerprint != expected:
            raise UserError(
                f"the plan's fingerprint is {plan.fingerprint}, not {expected}; nothing was done",
                "the file, the account or a variable changed since the review; look at the plan above",
            )
        guards.enforce(plan, allowed)
        if confirm is not None:
            if not await confirm(plan):
                requests = session.api.requests
                return Report(plan.environment, Outcome.DECLINED, False, (), requests, may_have_changed=False)
            shown = plan
            plan, current = await session.read_and_plan(check=False)
            _check_approved(plan, shown.step_fingerprints, session.key)
            guards.enforce(plan, allowed)
    try:
        report = await apply.carry_out(
            plan,
            session.api,
            current=current,
            desired=session.config.webhooks,
            replan=session.plan,
            parallelism=session.parallelism,
            stop=session.stop,
            progress=begin(plan),
            say=session.say,
        )
        return _with_places(report, session.config)
    except Exception as error:
        raise Unfinished(
            f"the apply broke off ({type(error).__name__}); the account may have been changed",
            "run `defacto-webhooks plan` to see what is left; running apply again is safe",
        ) from error


def _with_places(report: Report, config: Config) -> Report:
    """The report, in which each field that the server would not take has its place in the file."""

    def reasons(result: Result) -> Iterator[Reason]:
        refused = result.cause.invalid_params if isinstance(result.cause, RequestError) else ()
        for name, reason in refused:
            words = words_of_param(name)
            fields = [field for field in FIELDS if field in words]
            yield Reason(line(name), line(reason), config.locate(result.name, *fields[:1]))

    results = tuple(result._replace(reasons=tuple(reasons(result))) for result in report.results)
    return replace(report, results=results)


def _check_approved(plan: Plan, approved: Collection[str], key: Secret) -> None:
    """Refuse what was not reviewed: the file, the account or a value changed since."""
    new = unapproved(plan, approved, key)
    if new:
        names = ", ".join(some((f"{change.action.value} {change.name}" for change in new), _NAMED))
        raise UserError(
            f"the file or the account changed after the plan was shown: {names}; nothing was done",
            "make a new plan and have it reviewed",
        )
