"""The order of things: add, read, take away, read. Nothing is taken away that the read does not allow.

What is left to do is never kept in a list of our own: after each read it is planned again. So a killed
apply, a twin made by another one and an answer that never came are all the same case.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from defacto_webhooks.apply.outcome import results
from defacto_webhooks.apply.report import Outcome, Report
from defacto_webhooks.apply.safety import sort_out
from defacto_webhooks.apply.sender import Account, Answered, Sender, finish
from defacto_webhooks.errors import RequestError
from defacto_webhooks.plan import Change, Plan, Step
from defacto_webhooks.redaction import SecretUrl
from defacto_webhooks.subscription import FIELDS, Pair, RemoteSubscription, Subscription

__all__ = ["Account", "Pace", "carry_out"]

Current = tuple["RemoteSubscription", ...]


class Pace(NamedTuple):
    """How patient an apply is."""

    settle_s: float = 1.0  # between two reads that look for what was not answered; grows with each
    settle_reads: int = 4
    sends: int = 3  # of one step whose outcome stays unknown
    remove_rounds: int = 3  # late copies can turn up after the first
    stop_grace_s: float = 3.0  # for requests in flight after Ctrl-C; a CI runner kills after about 7.5 s
    stop_read_s: float = 2.0  # for the last read then


async def carry_out(
    plan: Plan,
    account: Account,
    *,
    current: Sequence[RemoteSubscription],
    desired: Sequence[Subscription],
    replan: Callable[[Current], Plan],
    parallelism: int = 10,
    stop: asyncio.Event | None = None,
    progress: Callable[[int], None] = lambda _: None,
    pace: Pace | None = None,
) -> Report:
    """Make the account match and prove it.

    `plan` is what was shown, `current` the read it was made from, `desired` the whole file, `replan` makes
    the same plan from a newer read. `progress` gets the number of steps answered so far. Setting `stop`
    ends it early and honestly. Raises nothing that the account causes: that is in the report.
    """
    if plan.is_empty:
        return Report(plan.environment, Outcome.NO_CHANGES, True, (), account.requests, False)
    apply = _Apply(
        plan, account, tuple(current), tuple(desired), replan, stop or asyncio.Event(), pace or Pace()
    )
    apply.start(parallelism, progress)
    return await apply.run()


@dataclass(slots=True)
class _Apply:
    plan: Plan
    account: Account
    initial: Current
    desired: tuple[Subscription, ...]
    replan: Callable[[Current], Plan]
    stop: asyncio.Event
    pace: Pace
    sender: Sender = field(init=False)
    current: Current = field(init=False)
    left: Plan = field(init=False)
    wanted: frozenset[Pair] = field(init=False)
    is_settled: bool = True  # nothing was sent since the last read
    extra: list[Change] = field(default_factory=list)  # copies removed beyond the plan
    notes: dict[Step, str] = field(default_factory=dict)  # why a step was not sent, or what came of it
    answers: int = 0

    def start(self, parallelism: int, progress: Callable[[int], None]) -> None:
        def on_answer() -> None:
            self.answers += 1
            progress(self.answers)

        self.current, self.left = self.initial, self.plan
        self.wanted = frozenset(pair for content in self.desired for pair in content.pairs())
        self.sender = Sender(
            self.account,
            parallelism=parallelism,
            stop=self.stop,
            grace_s=self.pace.stop_grace_s,
            on_answer=on_answer,
        )

    async def run(self) -> Report:
        error = None
        try:
            if await self._add():
                await self._remove()
        except RequestError as failed_read:
            error = failed_read
        if not self.is_settled:
            try:
                await self._read()
            except RequestError as failed_read:
                error = error or failed_read
        return self._report(error)

    async def _add(self) -> bool:
        """Send what only adds, until a read shows all of it. False: nothing may be taken away."""
        steps = self._adding()
        for _ in range(self.pace.sends):
            await self._send(steps)
            if self.stop.is_set():
                return False
            await self._read()
            if self._adding():
                await self._wait_until_stable()
            missing = self._adding()
            if not missing or self.stop.is_set():
                return not missing
            await self._take_back()
            steps = [step for step in missing if self._may_send_again(step)]
            if not steps:
                break
        return False

    async def _remove(self) -> None:
        """Take away what may go. Again where a copy of something that stays turned up late."""
        for _ in range(self.pace.remove_rounds):
            steps = [s for s in self._removing() if self.sender.answered(s) is not Answered.NO]
            shown = frozenset(self.plan.steps)
            allowed, blocked = sort_out(steps, self.current, self.desired, shown)
            self.notes.update(blocked)
            if not allowed or self.stop.is_set():
                return
            beyond = set(allowed) - shown
            self.extra += [change for change in self.left.changes if not beyond.isdisjoint(change.steps)]
            await self._send(allowed)
            if self.stop.is_set():
                return
            await self._read()

    def _adding(self) -> list[Step]:
        """Creates, and patches that take nothing away that the file wants."""
        return [step for step in self.left.steps if step.after is not None and not self._takes_wanted(step)]

    def _removing(self) -> list[Step]:
        """Deletes, and patches that take wanted pairs away: they wait for a read that shows the rest."""
        return [step for step in self.left.steps if step.after is None or self._takes_wanted(step)]

    def _takes_wanted(self, step: Step) -> bool:
        return not self.wanted.isdisjoint(step.taken_away())

    async def _send(self, steps: Sequence[Step]) -> None:
        if steps:
            self.is_settled = False
            await self.sender.send(steps)

    async def _read(self) -> None:
        read = self.account.list_subscriptions()
        try:
            self.current = await finish(read, stop=self.stop, grace_s=self.pace.stop_read_s)
        except TimeoutError:
            raise RequestError("interrupted before the account could be read again") from None
        self.left = self.replan(self.current)
        self.is_settled = True

    async def _wait_until_stable(self) -> None:
        """Read until everything is there, or nothing moves any more. A refusal needs no waiting."""
        for round_ in range(1, self.pace.settle_reads + 1):
            answers = {self.sender.answered(step) for step in self._adding()}
            if answers <= {Answered.NO, None} or self._misstored():
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stop.wait(), self.pace.settle_s * round_)
            if self.stop.is_set():
                return
            before = set(self.current)
            await self._read()
            if set(self.current) == before and Answered.YES not in answers:
                return

    def _may_send_again(self, step: Step) -> bool:
        """Only what was not answered, and left no trace: a trace of another shape may well be ours."""
        if self.sender.answered(step) is not Answered.NOT_AT_ALL or step.after is None:
            return False
        known = {remote.id for remote in self.initial}
        for remote in self.current:
            if step.id is None and remote.id not in known and remote.content.name == step.after.name:
                self.notes[step] = (
                    f"no answer came, and {remote.id} of that name appeared with other content: "
                    f"{_difference(step.after, remote.content)}; it was left as it is"
                )
                return False
        return True

    def _misstored(self) -> list[tuple[Step, RemoteSubscription]]:
        """What the server acknowledged, but keeps in another form than was sent."""
        by_id = {remote.id: remote for remote in self.current}
        return [
            (step, by_id[attempt.id])
            for step, attempt in self.sender.attempts.items()
            if attempt.answered is Answered.YES
            and attempt.id in by_id
            and by_id[attempt.id].content not in {step.before, step.after}
        ]

    async def _take_back(self) -> None:
        """Remove what was made just now and stored as something else; the next apply would make another."""
        known = {remote.id for remote in self.initial}
        for step, remote in self._misstored():
            what = (
                f"the account keeps something else than was sent: {_difference(step.after, remote.content)}"
            )
            self.notes[step] = what
            if step.id is None and remote.id not in known and not self.stop.is_set():
                self.is_settled = False
                await self.account.delete(remote.id)
                self.notes[step] = f"{what}; it was removed again"

    def _report(self, error: RequestError | None) -> Report:
        verified = self.is_settled and self.left.is_empty
        settled_on = self.current if self.is_settled else None
        rows = results((*self.plan.changes, *self.extra), self.sender.attempts, self.notes, settled_on)
        # Even a refusal rules a change out only with a read that shows none.
        seen_unchanged = self.is_settled and set(self.current) == set(self.initial)
        may_have_changed = self.sender.may_have_changed or bool(self.sender.attempts and not seen_unchanged)
        if error is None and not set(self.left.steps) <= set(self.plan.steps):
            error = RequestError(
                "the account was changed by someone else meanwhile: more is left to do than the plan showed",
                "look at a new plan, then apply it",
            )
        if verified:
            outcome = Outcome.CONVERGED
        elif self.stop.is_set():
            outcome = Outcome.INTERRUPTED
        else:
            outcome = Outcome.PARTIAL if may_have_changed else Outcome.FAILED
        return Report(
            environment=self.plan.environment,
            outcome=outcome,
            verified=verified,
            results=rows,
            requests=self.account.requests,
            may_have_changed=may_have_changed,
            left=self.left if self.is_settled and not verified else None,
            error=error.message if error and not verified else None,
            hint=error.hint if error and not verified else "",
        )


def _difference(sent: Subscription | None, stored: Subscription) -> str:
    """What the server changed, in words, whichever field it is in; URLs redact themselves."""
    if sent is None or sent == stored:
        return "nothing"
    found = []
    for name in FIELDS:
        wanted, there = getattr(sent, name), getattr(stored, name)
        if wanted == there:
            continue
        if isinstance(there, SecretUrl):
            found.append(f"{name} {there.changed_from(wanted)}")
        elif isinstance(there, tuple):
            for word, items in (("with", set(there) - set(wanted)), ("without", set(wanted) - set(there))):
                if items:
                    found.append(f"{name} {word} {', '.join(sorted(items))}")
        else:
            found.append(f"{name} {there!r} instead of {wanted!r}")
    return ", ".join(found)
