"""What commands do together: open the account, read it, plan."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from defacto_webhooks.api import DefactoApi
from defacto_webhooks.config import Config
from defacto_webhooks.diagnostics import Span
from defacto_webhooks.errors import Exit, Interrupted, UserError
from defacto_webhooks.plan import Plan
from defacto_webhooks.redaction import Secret
from defacto_webhooks.subscription import RemoteSubscription

if TYPE_CHECKING:  # it needs the extra `sandbox`, which a real account does without
    from defacto_webhooks.local_api import LocalApi

LOCAL_DB: Final = Path(".defacto-webhooks/local.db")


@dataclass
class Session:
    """One account and what the file wants of it."""

    config: Config
    api: DefactoApi
    key: Secret  # for fingerprints
    stop: asyncio.Event
    targets: tuple[str, ...] = field(default=())
    local: LocalApi | None = None  # the embedded one: it moves on when it is asked to

    async def read(self) -> tuple[RemoteSubscription, ...]:
        return await self.api.list_subscriptions()

    def plan(self, current: tuple[RemoteSubscription, ...]) -> Plan:
        from defacto_webhooks.plan import make_plan

        return make_plan(
            self.config.webhooks,
            current,
            self.config.settings,
            environment=self.config.environment.name,
            api_url=self.config.environment.api_url,
            fingerprint_key=self.key,
            targets=self.targets,
            locate=self._locate,
        )

    def _locate(self, name: str) -> Span | None:
        places = self.config.places.get(name)
        return places.entry if places else None

    async def first_plan(self) -> tuple[Plan, tuple[RemoteSubscription, ...]]:
        """Read and plan; a target that names nothing is an error."""
        from defacto_webhooks.plan import check_targets

        current = await self.read()
        check_targets(self.targets, self.config.webhooks, current)
        return self.plan(current), current

    async def plan_again(self, shown: Plan) -> tuple[Plan, tuple[RemoteSubscription, ...]]:
        """Read again: somebody may have thought about `shown` for an hour. Raises UserError."""
        current = await self.read()
        plan = self.plan(current)
        if not set(plan.step_fingerprints) <= set(shown.step_fingerprints):
            raise UserError(
                "the file or the account changed after the plan was shown; nothing was done",
                "look at a new plan",
            )
        return plan, current


@asynccontextmanager
async def open_session(
    config: Config, *, targets: tuple[str, ...] = (), parallelism: int = 10
) -> AsyncIterator[Session]:
    """The account of `config`. An embedded one finishes the deliveries that are due before it closes."""
    try:
        async with _opened(config, targets, parallelism) as session:
            yield session
    except UserError as error:
        error.known["environment"] = config.environment.name
        raise


@asynccontextmanager
async def _opened(config: Config, targets: tuple[str, ...], parallelism: int) -> AsyncIterator[Session]:
    from defacto_webhooks.api import DefactoApi

    environment = config.environment
    if environment.is_embedded:
        async with (
            embedded(LOCAL_DB) as local,
            embedded_session(config, local, targets, parallelism) as session,
        ):
            yield session
            await local.run_due()
        return
    if environment.api_key is None:
        raise UserError(f"environment {environment.name!r} has no API key", "set `api_key` in the file")
    async with DefactoApi(
        environment.api_url,
        environment.api_key,
        environment=environment.name,
        key_source=environment.key_source,
        parallelism=parallelism,
        stop=(stop := asyncio.Event()),
    ) as api:
        yield Session(config, api, environment.api_key, stop, targets)


@asynccontextmanager
async def embedded(db: Path, **how: Any) -> AsyncIterator[LocalApi]:
    """The local Defacto API on the SQLite file `db`."""
    from defacto_webhooks.local_api import LocalApi

    local = LocalApi(db, **how)
    try:
        yield local
    finally:
        await local.aclose()


@asynccontextmanager
async def embedded_session(
    config: Config, local: LocalApi, targets: tuple[str, ...] = (), parallelism: int = 10
) -> AsyncIterator[Session]:
    """A session with a local API that runs in this process."""
    import httpx

    from defacto_webhooks.api import DefactoApi
    from defacto_webhooks.local_api import EMBEDDED_KEY
    from defacto_webhooks.redaction import Secret

    key, stop = Secret(EMBEDDED_KEY), asyncio.Event()
    async with DefactoApi(
        "http://embedded",
        key,
        environment=config.environment.name,
        key_source="the embedded API",
        transport=httpx.ASGITransport(local.asgi),
        parallelism=parallelism,
        stop=stop,
    ) as api:
        yield Session(config, api, key, stop, targets, local)


class Signals:
    """Ctrl-C and SIGTERM: they cancel; once the account is being changed, they ask for an honest end."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._stop: asyncio.Event | None = None
        self._seen = 0

    def from_now_on_stop(self, stop: asyncio.Event) -> None:
        """From here on the account is being changed: the first signal sets `stop`."""
        self._stop = stop

    @property
    def account_is_changing(self) -> bool:
        """Whether exit code 1 would be a lie."""
        return self._stop is not None

    def run(self, work: Coroutine[Any, Any, int]) -> int:
        """Run `work`; raises Interrupted where a signal came before anything was changed."""

        async def guarded() -> int:
            task = asyncio.ensure_future(work)
            loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, self._received, task)
            return await task

        try:
            return asyncio.run(guarded())
        except asyncio.CancelledError:
            raise Interrupted("interrupted; nothing was changed") from None

    def _received(self, task: asyncio.Future[int]) -> None:
        self._seen += 1
        if self._stop is None:
            task.cancel()
            if self._seen > 1:
                os._exit(Exit.INTERRUPTED)
        elif self._seen == 1:
            self._stop.set()
            self._say("Stopping: what is under way may finish, nothing new starts. Again: stop at once.")
        else:
            os._exit(Exit.INCOMPLETE)
