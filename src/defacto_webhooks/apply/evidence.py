"""What reads and answers show of an apply: facts, no words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from defacto_webhooks.apply.goals import Read, is_open
from defacto_webhooks.apply.sender import Answered, Attempt, Sender
from defacto_webhooks.plan import Change, Plan, Step, ordering
from defacto_webhooks.subscription import Pair, RemoteSubscription, Subscription


@dataclass(slots=True)
class Evidence:
    """`plan` is what was approved, `wanted` what the whole file wants, `first` the read of the plan."""

    plan: Plan
    wanted: frozenset[Subscription]
    sender: Sender
    first: Read
    read: Read = field(init=False)  # the newest
    wanted_pairs: frozenset[Pair] = field(init=False)
    blocked: dict[Step, str] = field(default_factory=dict)  # why a step was not sent
    _otherwise: dict[Step, RemoteSubscription] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.read = self.first
        self.wanted_pairs = frozenset(pair for content in self.wanted for pair in content.pairs())

    @property
    def attempts(self) -> dict[Step, Attempt]:
        return self.sender.attempts

    def is_open(self, step: Step) -> bool:
        return is_open(step, self.read, self.wanted)

    def is_read(self, step: Step) -> bool:
        """Whether the newest read came after the last time that `step` was sent."""
        return step not in self.sender.unread

    def may_send(self, step: Step) -> bool:
        """Once; and again what was not answered, unless a create left a trace that may well be ours."""
        answered = self.sender.answered(step)
        if answered is None:
            return True
        return answered is Answered.NOT_AT_ALL and not (step.kind == "create" and self.unexplained())

    def pending(self, steps: Iterable[Step]) -> list[Step]:
        """Those that the account may still come to show."""
        otherwise = self.stored_otherwise()
        return [
            step
            for step in steps
            if self.is_open(step)
            and step not in otherwise
            and self.sender.answered(step) in {Answered.YES, Answered.NOT_AT_ALL}
        ]

    def stored_otherwise(self) -> dict[Step, RemoteSubscription]:
        """What the server acknowledged and kept in another form than was sent, also if it is gone by now."""
        for step, attempt in self.attempts.items():
            if attempt.answered is not Answered.YES or attempt.id is None or step.after is None:
                continue
            content = self.read.contents.get(attempt.id)
            if content is not None and content != step.before and content not in self.wanted:
                self._otherwise[step] = RemoteSubscription(attempt.id, content)
        return self._otherwise

    def to_take_back(self) -> list[Step]:
        """Deletes of what we made and is stored as something else, or each apply would make another."""
        made = [
            remote
            for step, remote in self.stored_otherwise().items()
            if step.kind == "create" and remote.id not in self.first.contents
        ]
        return [step for step in map(ordering.delete, made) if self.is_open(step) and self.may_send(step)]

    def unexplained(self) -> list[RemoteSubscription]:
        """What appeared, is not what the file wants, and was not acknowledged to us."""
        acknowledged = {attempt.id for attempt in self.attempts.values()}
        return [
            remote
            for remote in self.read.remotes
            if remote.id not in self.first.contents
            and remote.id not in acknowledged
            and remote.content not in self.wanted
        ]

    def is_of_someone_else(self, change: Change) -> bool:
        """Whether neither the first read nor a request of ours explains what `change` is to mend."""
        if change.existing is None:
            return change.desired not in {approved.desired for approved in self.plan.changes}
        id_, content = change.existing.id, change.existing.content
        if content == self.first.contents.get(id_) or content in self.wanted:
            return False
        sent = {step: attempt for step, attempt in self.attempts.items() if attempt.may_have_changed}
        if any(step.after and self.is_open(step) for step in sent):
            return False  # what we sent is not to be seen: it may be this one, whatever the server said
        return id_ not in {attempt.id or step.id for step, attempt in sent.items()}
