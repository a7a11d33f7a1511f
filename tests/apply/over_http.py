"""One apply against the faulty server, over a real socket, with the waits of a test."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from defacto_webhooks.api import DefactoApi, Timing
from defacto_webhooks.apply import Pace, Report, carry_out
from defacto_webhooks.errors import RequestError
from defacto_webhooks.plan import Plan
from defacto_webhooks.redaction import Secret
from defacto_webhooks.settings import Settings
from defacto_webhooks.subscription import Subscription
from tests.accounts import plan_of
from tests.faulty_server import FaultyServer, Pair

QUICK = Timing(connect_s=2, answer_s=0.15, attempts=3, backoff_base_s=0.001, backoff_cap_s=0.004)
PACE = Pace(settle_s=0.002, stop_grace_s=0.2, stop_read_s=0.2)


COUNTS: Counter[str] = Counter()  # what was tried so far; `make chaos` prints it


@dataclass(frozen=True)
class Run:
    """`plan` and `report` are None where the first read failed, with `error`."""

    plan: Plan | None
    report: Report | None
    error: RequestError | None = None


def client(server: FaultyServer, timing: Timing = QUICK, parallelism: int = 3) -> DefactoApi:
    return DefactoApi(
        server.url,
        Secret(server.key),
        environment="test",
        key_source="DEFACTO_API_KEY",
        timing=timing,
        parallelism=parallelism,
    )


def apply(
    server: FaultyServer,
    desired: Sequence[Subscription],
    settings: Settings | None = None,
    targets: Collection[str] = (),
    *,
    pace: Pace = PACE,
    timing: Timing = QUICK,
) -> Run:
    """Read, plan, carry out: what the command does behind its prompts."""
    chosen = settings or Settings()

    async def run() -> Run:
        async with client(server, timing) as api:
            try:
                current = await api.list_subscriptions()
            except RequestError as error:
                return Run(None, None, error)
            plan = plan_of(desired, current, chosen, targets)
            report = await carry_out(
                plan,
                api,
                current=current,
                desired=desired,
                replan=lambda newer: plan_of(desired, newer, chosen, targets),
                parallelism=3,
                pace=pace,
            )
            return Run(plan, report)

    done = asyncio.run(run())
    COUNTS["applies"] += 1
    COUNTS[f"ended as: {done.report.outcome if done.report else 'first read refused'}"] += 1
    COUNTS["requests"] += len(server.log)
    COUNTS.update(f"fault: {fired.on.fault.kind}" for fired in server.fired)
    return done


def pairs(desired: Sequence[Subscription]) -> list[Pair]:
    return [(s.to_url.reveal(), event_type) for s in desired for event_type in s.event_types]
