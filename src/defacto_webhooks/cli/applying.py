"""An apply from the first read to the report: what was approved, and nothing else, is carried out."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import click

from defacto_webhooks.apply import Report
from defacto_webhooks.cli.console import Console, is_terminal
from defacto_webhooks.cli.loading import load_config
from defacto_webhooks.cli.options import Where
from defacto_webhooks.cli.session import Session, Signals, open_session
from defacto_webhooks.config import Config
from defacto_webhooks.errors import Exit, Interrupted, Unfinished, UserError
from defacto_webhooks.plan import Plan
from defacto_webhooks.plan.saved import SavedPlan
from defacto_webhooks.subscription import RemoteSubscription

_MOMENT = 30  # steps that are done before anyone looks for a progress bar


class Wish(NamedTuple):
    """What the user asked for."""

    planfile: Path | None
    targets: tuple[str, ...]
    auto_approve: bool
    allowed: frozenset[str]
    parallelism: int
    expected: str | None


def apply_plan(where: Where, wish: Wish, console: Console, *, is_terminal: bool) -> tuple[Report, list[str]]:
    """Carry out what `wish` says; the report, and a line for each place in the file that the server named.

    Raises UserError only where nothing was sent that changes the account.
    """
    saved = _saved(wish)
    if saved is not None:
        where, wish = _bound_to(saved, where), wish._replace(targets=saved.targets)
    config = load_config(where)
    console.diagnostics(config.diagnostics)
    signals = Signals(console.note)
    reports: list[Report] = []
    sessions: list[Session] = []

    async def work() -> int:
        async with open_session(config, targets=wish.targets, parallelism=wish.parallelism) as session:
            sessions.append(session)
            reports.append(await _apply(session, wish, saved, console, signals, is_terminal=is_terminal))
        return Exit.DONE

    try:
        signals.run(work())
    except (Exception, KeyboardInterrupt) as error:
        if reports:  # all is done; only closing failed, and the report is still true
            console.error(getattr(error, "message", f"closing failed ({type(error).__name__})"))
        elif signals.account_is_changing:
            raise Unfinished(
                f"the apply broke off ({type(error).__name__}); the account may have been changed",
                "run `defacto-webhooks plan` to see what is left; running apply again is safe",
            ) from error
        else:
            if isinstance(error, UserError):
                error.known = {**_nothing_done(error, config, sessions), **error.known}
            raise
    return reports[0], _places(reports[0], config)


def _nothing_done(error: UserError, config: Config, sessions: list[Session]) -> dict[str, object]:
    """The report of an apply that did not begin."""
    from defacto_webhooks.apply import Outcome, Report
    from defacto_webhooks.render.json import report_document

    outcome = Outcome.INTERRUPTED if isinstance(error, Interrupted) else Outcome.FAILED
    requests = sum(session.api.requests for session in sessions)
    return report_document(Report(config.environment.name, outcome, False, (), requests, False))


def _bound_to(saved: SavedPlan, where: Where) -> Where:
    """The environment of the plan file; naming another one is a mistake."""
    from defacto_webhooks.config import WITHOUT_NAME

    if where.environment not in {None, saved.environment}:
        raise UserError(
            f"the plan file is for environment {saved.environment!r}, not {where.environment!r}",
            "leave out -e",
        )
    return where._replace(environment=None if saved.environment == WITHOUT_NAME else saved.environment)


def _saved(wish: Wish) -> SavedPlan | None:
    from defacto_webhooks.plan import saved as planfile

    if wish.planfile is None:
        return None
    if wish.targets or wish.expected:
        raise UserError("a plan file holds its own targets and steps", "leave out --target and --expect")
    try:
        text = wish.planfile.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError):
        raise UserError(
            f"the plan file {wish.planfile} can't be read", "`defacto-webhooks plan --out FILE` writes one"
        ) from None
    return planfile.load(text)


async def _apply(
    session: Session,
    wish: Wish,
    saved: SavedPlan | None,
    console: Console,
    signals: Signals,
    *,
    is_terminal: bool,
) -> Report:
    from defacto_webhooks import apply
    from defacto_webhooks.plan import guards
    from defacto_webhooks.render import text

    plan, current = await session.first_plan() if saved is None else await _resumed(session, saved)
    if not plan.is_empty:
        with console.group(f"Plan for {plan.environment}"):
            console.note(text.plan(plan, console.style(sys.stderr)) + "\n")
        _check_approved(plan, wish, saved, session)
        guards.enforce(plan, wish.allowed)
        if saved is None and not wish.auto_approve:
            if not is_terminal:
                raise UserError(
                    "there is no terminal to ask on; nothing was changed",
                    "give -y, or apply a plan file from `plan --out`",
                )
            if not await _confirmed(plan, console):
                return apply.Report(
                    plan.environment, apply.Outcome.DECLINED, False, (), session.api.requests, False
                )
            plan, current = await session.plan_again(plan)
            guards.enforce(plan, wish.allowed)
    signals.from_now_on_stop(session.stop)
    with _progress(len(plan.steps), console) as progress:
        return await apply.carry_out(
            plan,
            session.api,
            current=current,
            desired=session.config.webhooks,
            replan=session.plan,
            parallelism=wish.parallelism,
            stop=session.stop,
            progress=progress,
        )


async def _resumed(session: Session, saved: SavedPlan) -> tuple[Plan, tuple[RemoteSubscription, ...]]:
    """Without the check of targets: what a target named may be done already."""
    saved.verify(session.key)
    current = await session.read()
    return session.plan(current), current


def _check_approved(plan: Plan, wish: Wish, saved: SavedPlan | None, session: Session) -> None:
    """Refuse what was not reviewed: the file, the account or a value changed since."""
    if saved is not None:
        new = saved.not_in_it(plan, session.key)
        if new:
            names = ", ".join(f"{change.action.value} {change.name}" for change in new[:5])
            more = f" and {len(new) - 5} more" if len(new) > 5 else ""
            raise UserError(
                f"the plan file does not hold all of this: {names}{more}; nothing was done",
                "the file, the account or a variable changed since; make a new plan and have it reviewed",
            )
    if wish.expected is not None and plan.fingerprint != wish.expected:
        raise UserError(
            f"the plan's fingerprint is {plan.fingerprint}, not {wish.expected}; nothing was done",
            "the file, the account or a variable changed since the review; look at the plan above",
        )


async def _confirmed(plan: Plan, console: Console) -> bool:
    """Ask. Waiting for the terminal in the loop, so that Ctrl-C ends the question."""
    style = console.style(sys.stderr)
    question = style.paint(f"Apply this to {plan.environment}? Only `yes` does it:", bold=True)
    click.echo(f"{question} ", err=True, nl=False, color=True)
    loop = asyncio.get_running_loop()
    answered = asyncio.Event()
    loop.add_reader(sys.stdin, answered.set)
    try:
        await answered.wait()
    finally:
        loop.remove_reader(sys.stdin)
    return sys.stdin.readline().strip() == "yes"


@contextmanager
def _progress(steps: int, console: Console) -> Iterator[Callable[[int], None]]:
    if steps < _MOMENT or not is_terminal(sys.stderr):
        yield lambda _: None
        return
    color = console.style(sys.stderr).color
    with click.progressbar(length=steps, label="Applying", file=sys.stderr, color=color) as bar:
        yield lambda done: bar.update(done - bar.pos)


def _places(report: Report, config: Config) -> list[str]:
    """Where in the file stands what the server would not take (RFC 7807 `invalid_params`)."""
    from defacto_webhooks.redaction.printable import line

    found = []
    for result in report.results:
        places = config.places.get(result.name)
        for name, reason in result.cause.invalid_params if result.cause else ():
            parts = re.split(r"\W+", name)  # body.event_types[0], /event_types/0
            if places is None:
                where = result.name
            elif "to_url" in parts:
                where = str(places.to_url)
            elif "event_types" in parts:
                where = str(places.event_types)
            else:
                where = str(places.name if "name" in parts else places.entry)
            found.append(f"{line(where)}: {line(name)}: {line(reason)}")
    return found
