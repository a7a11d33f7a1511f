"""The order of things: add, read, take away, read, prove. Nothing is taken away that the read does not allow.

An apply carries the goals that were approved: contents that are to be there, ids that are to be gone. After
each read it asks which of them are open. So a killed apply, a twin made by another one and an answer that
never came are all the same case. A fresh plan is the final proof, and nothing more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from defacto_webhooks.apply.evidence import Evidence
from defacto_webhooks.apply.goals import Read, spare_copies
from defacto_webhooks.apply.outcome import report
from defacto_webhooks.apply.report import Outcome, Report
from defacto_webhooks.apply.safety import sendable
from defacto_webhooks.apply.sender import Account, Sender, finish
from defacto_webhooks.errors import RequestError, UserError, explained
from defacto_webhooks.globs import matches
from defacto_webhooks.phrases import plural
from defacto_webhooks.plan import Change, Plan, Step
from defacto_webhooks.subscription import RemoteSubscription, Subscription


class Pace(NamedTuple):
    """How patient an apply is."""

    settle_s: float = 1.0  # between two reads that look for what was sent; grows with each
    settle_reads: int = 4
    rounds: int = 3  # of sending what is open: so often goes out a step whose outcome stays unknown
    stop_grace_s: float = 3.0  # for requests in flight after Ctrl-C; a CI runner kills after about 7.5 s
    stop_read_s: float = 2.0  # for the last read then


async def carry_out(
    plan: Plan,
    account: Account,
    *,
    current: Sequence[RemoteSubscription],
    desired: Sequence[Subscription],
    replan: Callable[[Sequence[RemoteSubscription]], Plan],
    parallelism: int = 10,
    stop: asyncio.Event | None = None,
    progress: Callable[[int], None] = lambda _: None,
    say: Callable[[str], None] = lambda _: None,
    pace: Pace | None = None,
) -> Report:
    """Make the account match and prove it.

    `plan` is what was approved, `current` the read it was made from, `desired` the whole file, `replan` makes
    the same plan from a newer read. `progress` gets the number of steps answered so far, `say` a line about
    a longer wait. Setting `stop` ends it early and honestly. Raises nothing that the account causes: that is
    in the report.
    """
    if plan.is_empty:
        return Report(
            plan.environment, Outcome.NO_CHANGES, True, (), account.requests, False, targets=plan.targets
        )
    stop, pace = stop or asyncio.Event(), pace or Pace()
    sender = Sender(account, parallelism=parallelism, stop=stop, grace_s=pace.stop_grace_s, progress=progress)
    evidence = Evidence(plan, frozenset(desired), sender, Read(current))
    return await _Apply(plan, account, sender, evidence, replan, stop, say, pace).run()


@dataclass(slots=True)
class _Apply:
    plan: Plan
    account: Account
    sender: Sender
    evidence: Evidence
    replan: Callable[[Sequence[RemoteSubscription]], Plan]
    stop: asyncio.Event
    say: Callable[[str], None]
    pace: Pace
    copies: list[Change] = field(default_factory=list)  # removed beyond the plan

    async def run(self) -> Report:
        error: UserError | None = None
        left: Plan | None = None
        try:
            await self._send_in_rounds(self._to_add)
            await self._send_in_rounds(self.evidence.to_take_back)
            if self.evidence.read is self.evidence.first and not self.stop.is_set():
                await self._read()  # nothing was added, and what goes needs a fresh read
            if not any(map(self.evidence.is_open, filter(self._adds, self.plan.steps))):
                await self._send_in_rounds(self._to_take_away)
        except Exception as broken:  # a read that can't be had, or a bug: no more changes, but the truth
            error = explained(broken)
        try:
            if self.sender.unread:
                await self._read()
            left = self.replan(self.evidence.read.remotes)
        except Exception as broken:
            error = error or explained(broken)
        return report(
            self.evidence,
            self.copies,
            left,
            error,
            requests=self.account.requests,
            is_stopped=self.stop.is_set(),
        )

    async def _send_in_rounds(self, open_steps: Callable[[], Sequence[Step]]) -> None:
        """Send what is open, read until it is shown, and again where something is still open then."""
        for _ in range(self.pace.rounds):
            steps = open_steps()
            if not steps or self.stop.is_set():
                return
            await self.sender.send(steps)
            if not self.stop.is_set():
                await self._read_until_shown(steps)

    def _to_add(self) -> Sequence[Step]:
        """Creates, and patches that take nothing away that the file wants."""
        return self._sendable(filter(self._adds, self.plan.steps))

    def _to_take_away(self) -> Sequence[Step]:
        """Deletes, patches that take wanted pairs away, and copies of what stays that turned up late."""
        known = {*self.plan.steps, *(step for copy in self.copies for step in copy.steps)}
        self.copies += spare_copies(self.evidence.read, self.evidence.first, self._kept(), known)
        copies = [step for copy in self.copies for step in copy.steps]
        return self._sendable([*(step for step in self.plan.steps if not self._adds(step)), *copies])

    def _adds(self, step: Step) -> bool:
        return step.after is not None and self.evidence.wanted_pairs.isdisjoint(step.taken_away())

    def _kept(self) -> set[Subscription]:
        """The contents that this apply answers for."""
        targets = self.plan.targets
        unchanged = (remote.content for remote in self.plan.unchanged)
        made = (change.desired for change in self.plan.changes if change.desired)
        return {*made, *(content for content in unchanged if not targets or matches(content.name, targets))}

    def _sendable(self, steps: Iterable[Step]) -> Sequence[Step]:
        allowed, self.evidence.blocked = sendable(
            [step for step in steps if self.evidence.is_open(step) and self.evidence.may_send(step)],
            self.evidence.read,
            self.evidence.wanted,
            frozenset(self.plan.steps),
            self.sender.asked_for(),
        )
        return allowed

    async def _read(self) -> None:
        read = self.account.list_subscriptions()
        try:
            remotes = await finish(read, stop=self.stop, grace_s=self.pace.stop_read_s)
        except TimeoutError:
            raise RequestError("interrupted before the account could be read again") from None
        self.evidence.saw(Read(remotes))

    async def _read_until_shown(self, steps: Sequence[Step]) -> None:
        """Read until all is as it was sent, or nothing moves any more. A refusal needs no waiting."""
        await self._read()
        for round_ in range(1, self.pace.settle_reads + 1):
            pending = self.evidence.pending(steps)
            if not pending or self.stop.is_set():
                return
            wait_s = self.pace.settle_s * round_
            if wait_s > 1:
                what = plural(len(pending), "change")
                with suppress(Exception):  # as for the progress
                    self.say(f"Waiting {wait_s:.0f} s for the account to show {what}")
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stop.wait(), wait_s)
            if self.stop.is_set():
                return
            before = self.evidence.read.contents
            await self._read()
            if self.evidence.read.contents == before and not any(map(self.evidence.is_due, pending)):
                return
