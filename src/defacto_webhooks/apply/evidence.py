"""What a read or an answer shows of an apply: facts, no words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from defacto_webhooks.apply.goals import Read, is_open
from defacto_webhooks.apply.sender import Answered, Attempt, Sender
from defacto_webhooks.plan import Change, Plan, Step
from defacto_webhooks.subscription import FIELDS, Pair, RemoteSubscription, Subscription


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
    otherwise: dict[Step, RemoteSubscription] = field(default_factory=dict)  # what was stored instead
    _appeared: tuple[RemoteSubscription, ...] = ()  # since the first read, and not as the file wants it

    def __post_init__(self) -> None:
        self.read = self.first
        self.wanted_pairs = frozenset(pair for content in self.wanted for pair in content.pairs())

    def saw(self, read: Read) -> None:
        """`read` is the newest, and came after all that was sent."""
        self.read = read
        self.sender.unread.clear()
        self._appeared = tuple(
            remote
            for remote in read.remotes
            if remote.id not in self.first.contents and remote.content not in self.wanted
        )
        for step, attempt in self.attempts.items():
            if attempt.answered is not Answered.YES or attempt.id is None or step.after is None:
                continue
            content = read.contents.get(attempt.id)
            if content is None:  # not shown yet, or taken back: what was seen of it stays
                continue
            if content in self.wanted or content == self.first.contents.get(attempt.id):
                self.otherwise.pop(step, None)
            else:
                self.otherwise[step] = RemoteSubscription(attempt.id, content)

    @property
    def attempts(self) -> dict[Step, Attempt]:
        return self.sender.attempts

    def is_open(self, step: Step) -> bool:
        return is_open(step, self.read, self.wanted)

    def may_send(self, step: Step) -> bool:
        """Once; and again what was not answered, unless a create left a trace that may well be ours."""
        answered = self.sender.answered(step)
        if answered is None:
            return True
        return answered is Answered.NOT_AT_ALL and not (step.kind == "create" and self.traces(step))

    def pending(self, steps: Iterable[Step]) -> list[Step]:
        """Those that the account may still come to show."""
        answers = {Answered.YES, Answered.NOT_AT_ALL}
        return [step for step in steps if self.is_open(step) and self.sender.answered(step) in answers]

    def is_due(self, step: Step) -> bool:
        """Whether the account has to come to show it: it was accepted, and not stored otherwise."""
        return self.sender.answered(step) is Answered.YES and step not in self.otherwise

    def to_take_back(self) -> list[Step]:
        """Deletes of what we made and is stored as something else, or each apply would make another."""
        made = [
            remote
            for step, remote in self.otherwise.items()
            if step.kind == "create" and remote.id not in self.first.contents
        ]
        return [step for step in map(Step.delete, made) if self.is_open(step) and self.may_send(step)]

    def traces(self, step: Step) -> list[RemoteSubscription]:
        """What appeared that may be what `step` was to create, in another form: something of it is the same.

        It is not what the file wants, and was not acknowledged to us.
        """
        after = step.after
        if after is None or not self._appeared:
            return []
        acknowledged = {attempt.id for attempt in self.attempts.values()}
        return [
            remote
            for remote in self._appeared
            if remote.id not in acknowledged
            and any(getattr(remote.content, field) == getattr(after, field) for field in FIELDS)
        ]

    def is_of_someone_else(self, left: Plan) -> bool:
        """Whether a fresh plan has something to do that neither the first read nor a request explains."""
        goals = {change.desired for change in self.plan.changes}
        sent = {step: attempt for step, attempt in self.attempts.items() if attempt.may_have_changed}
        # Where one of them is not to be seen, what appeared may be it, whatever the server said.
        is_unseen = any(step.after and self.is_open(step) for step in sent)
        touched = {attempt.id for attempt in sent.values()}.union(step.id for step in sent)

        def is_unexplained(change: Change) -> bool:
            if change.existing is None:
                return change.desired not in goals
            id_, content = change.existing.id, change.existing.content
            as_it_was = content == self.first.contents.get(id_)
            return not (as_it_was or content in self.wanted or is_unseen or id_ in touched)

        return any(map(is_unexplained, left.changes))
