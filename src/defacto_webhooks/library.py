"""For Python programs: load, plan, apply, each a plain function.

What the package exports is stable as semantic versioning says; everything else may move. The functions
read and write what the commands do, print nothing, and raise UserError with the commands' messages.
They run an event loop of their own: from async code, call them with `asyncio.to_thread`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from defacto_webhooks import config, session
from defacto_webhooks.apply import Report
from defacto_webhooks.config import Config
from defacto_webhooks.plan import Plan


def load(
    *paths: str | Path,
    environment: str | None = None,
    variables: Mapping[str, str] | None = None,
    env_files: Iterable[str | Path] = (),
    api_url: str | None = None,
    trusted_hosts: Iterable[str] = (),
) -> Config:
    """What `paths` (default: webhooks.yaml) want of `environment` (default: as the file says).

    `variables` are the values for `${NAME}`, default the process environment; they win over those of
    `env_files`. All are secrets. `api_url` says which account is meant by a file without `environments`,
    default the variable DEFACTO_API_URL; its key is DEFACTO_API_KEY. A key may go to `trusted_hosts`, too,
    and to those in the variable DEFACTO_WEBHOOKS_TRUSTED_HOSTS. Raises InvalidConfig, whose `diagnostics`
    are all findings, and UserError where a file can't be read or no account is named.
    """
    return config.load(
        [Path(path) for path in paths or ("webhooks.yaml",)],
        environment=environment,
        environ=os.environ if variables is None else variables,
        env_files=[Path(path) for path in env_files],
        api_url=api_url,
        trusted=trusted_hosts,
    )


def make_plan(config: Config, *, targets: Collection[str] = ()) -> Plan:
    """What an apply would do; one GET a page. `targets` are globs on names, as `--target`."""
    plan, _ = asyncio.run(session.plan_account(config, targets=targets))
    return plan


def apply_plan(config: Config, plan: Plan, *, allow: Collection[str] = (), parallelism: int = 10) -> Report:
    """Carry out what `plan` shows, and nothing else; `report.verified` says that the account matches.

    Reads and plans again first. Raises UserError, and changes nothing, where a step is left that `plan`
    does not show, or where a guard refuses it that is not in `allow` (codes, as `--allow`). What goes
    wrong later is in the report. `parallelism` is how many requests are in flight at most.
    """

    async def work() -> Report:
        async with session.open_session(config, targets=plan.targets, parallelism=parallelism) as opened:
            return await session.apply_plan(opened, approved=plan.step_fingerprints, allowed=allow)

    return asyncio.run(work())
