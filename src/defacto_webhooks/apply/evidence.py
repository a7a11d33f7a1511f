"""What reads and answers show of an apply: rows, headline, `verified` and exit code all come from here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from defacto_webhooks.apply.goals import Read, is_open
from defacto_webhooks.apply.report import Outcome, Report, Result, Status
from defacto_webhooks.apply.sender import Answered, Attempt, Sender
from defacto_webhooks.errors import RequestError, UserError
from defacto_webhooks.plan import Change, Plan, Step, ordering
from defacto_webhooks.redaction import SecretUrl
from defacto_webhooks.subscription import FIELDS, Pair, RemoteSubscription, Subscription

_NO_ROOM: Final = frozenset(
    {402, 409, 422}
)  # what an account might say that is full, or has the name already
_MAKE_ROOM: Final = (
    "if the account takes a name only once, or is full: `update: patch` in `settings` changes subscriptions "
    "in place, and `--target NAME` of one that goes makes room first"
)


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

    def is_open(self, step: Step) -> bool:
        return is_open(step, self.read, self.wanted)

    def may_send(self, step: Step) -> bool:
        """Once; and again what was not answered, unless a create left a trace that may well be ours."""
        answered = self.sender.answered(step)
        if answered is None:
            return True
        return answered is Answered.NOT_AT_ALL and not (step.kind == "create" and self._unexplained())

    def pending(self, steps: Iterable[Step]) -> list[Step]:
        """Those that the account may still come to show."""
        otherwise = self._stored_otherwise()
        return [
            step
            for step in steps
            if self.is_open(step)
            and step not in otherwise
            and self.sender.answered(step) in {Answered.YES, Answered.NOT_AT_ALL}
        ]

    def to_take_back(self) -> list[Step]:
        """Deletes of what we made and is stored as something else, or each apply would make another."""
        made = [
            remote
            for step, remote in self._stored_otherwise().items()
            if step.kind == "create" and remote.id not in self.first.contents
        ]
        return [step for step in map(ordering.delete, made) if self.is_open(step) and self.may_send(step)]

    def report(
        self,
        copies: Sequence[Change],
        left: Plan | None,
        error: UserError | None,
        *,
        requests: int,
        is_stopped: bool,
    ) -> Report:
        """`copies` were removed beyond the plan, `left` is a plan from the newest read."""
        changes = (*self.plan.changes, *copies)
        self._stored_otherwise()
        is_settled = not self.sender.unread and left is not None
        is_reached = not any(map(self.is_open, self.plan.steps))
        verified = is_settled and is_reached and left is not None and left.is_empty
        # Even a refusal rules a change out only with a read that shows none.
        seen_unchanged = not self.sender.unread and self.read.contents == self.first.contents
        may_have_changed = self.sender.may_have_changed or bool(self.sender.attempts and not seen_unchanged)
        if error is None and left is not None and any(map(self._is_of_someone_else, left.changes)):
            error = RequestError(
                "the account was changed by someone else meanwhile: more is left to do than the plan showed",
                "look at a new plan, then apply it",
            )
        if verified:
            outcome, error = Outcome.CONVERGED, None
        elif is_stopped:
            outcome = Outcome.INTERRUPTED
        else:
            outcome = Outcome.PARTIAL if may_have_changed else Outcome.FAILED
        return Report(
            environment=self.plan.environment,
            outcome=outcome,
            verified=verified,
            results=tuple(map(self._result, changes)),
            requests=requests,
            may_have_changed=may_have_changed,
            left=left if is_settled and not verified else None,
            error=error.message if error else None,
            hint=error.hint if error else self._hint(),
        )

    def _result(self, change: Change) -> Result:
        open_ = [step for step in change.steps if self.is_open(step) or step in self.sender.unread]
        attempts = {step: self.sender.attempts[step] for step in open_ if step in self.sender.attempts}
        status, error, cause = self._verdict(change, open_, attempts)
        made = (self.sender.attempts[step].id for step in change.steps if step in self.sender.attempts)
        old_id = change.existing.id if change.existing else None
        new_id = self.read.keepers.get(change.desired) if change.desired else None
        is_half_made = 0 < len(open_) < len(change.steps)
        id_ = new_id or next(filter(None, made), None) or old_id
        return Result(change.action, change.name, id_, status, error, cause, is_half_made)

    def _verdict(
        self, change: Change, open_: Sequence[Step], attempts: dict[Step, Attempt]
    ) -> tuple[Status, str | None, UserError | None]:
        """Done is what a read shows; failed what was refused; unknown what was sent and neither."""
        if not open_:
            gone = [step for step in change.steps if step.kind == "delete"]
            if any(self.read.contents.get(step.id or "") == step.before for step in gone):
                return Status.SKIPPED, "it is the only one left of its content, so it stays", None
            return Status.DONE, None, None
        for step, attempt in attempts.items():
            if attempt.may_land_late:
                message = self._trace(step) or (attempt.error.message if attempt.error else "no answer came")
                return Status.UNKNOWN, message, attempt.error
        for attempt in attempts.values():
            if attempt.answered is Answered.NO and attempt.error:
                return Status.FAILED, attempt.error.message, attempt.error
        for step, attempt in attempts.items():
            if step in self._otherwise:
                return Status.FAILED, self._told_otherwise(step, self._otherwise[step]), None
            if step in self.sender.unread:
                return Status.UNKNOWN, "the server said yes, but the account could not be read again", None
            said = attempt.error.message if attempt.error else "the server said yes"
            shown = f"still shows {step.id}" if step.after is None else "does not show it"
            return Status.UNKNOWN, f"{said}, but the account {shown}", attempt.error
        reason = next((self.blocked[step] for step in open_ if step in self.blocked), None)
        if reason is None:
            half_made = len(open_) < len(change.steps)
            reason = "only begun; the old one was not taken away" if half_made else "not started"
        return Status.SKIPPED, reason, None

    def _stored_otherwise(self) -> dict[Step, RemoteSubscription]:
        """What the server acknowledged, but keeps in another form than was sent; remembered."""
        for step, attempt in self.sender.attempts.items():
            if attempt.answered is not Answered.YES or attempt.id is None or step.after is None:
                continue
            content = self.read.contents.get(attempt.id)
            if content is not None and content != step.before and content not in self.wanted:
                self._otherwise[step] = RemoteSubscription(attempt.id, content)
        return self._otherwise

    def _unexplained(self) -> list[RemoteSubscription]:
        """What appeared, is not what the file wants, and was not acknowledged to us."""
        acknowledged = {attempt.id for attempt in self.sender.attempts.values()}
        return [
            remote
            for remote in self.read.remotes
            if remote.id not in self.first.contents
            and remote.id not in acknowledged
            and remote.content not in self.wanted
        ]

    def _trace(self, step: Step) -> str | None:
        """What an unanswered request seems to have left."""
        if step.after is None:
            return None
        if step.id is not None:
            there = self.read.contents.get(step.id)
            if there is None or there == step.before:
                return None
            return f"no answer came, and the account has something else: {difference(step.after, there)}"
        name = step.after.name
        traces = sorted(self._unexplained(), key=lambda remote: (remote.content.name != name, remote.id))
        if not traces:
            return None
        return (
            f"no answer came, and {traces[0].id} appeared with other content: "
            f"{difference(step.after, traces[0].content)}; it may be this one, so it was not sent again"
        )

    def _told_otherwise(self, step: Step, stored: RemoteSubscription) -> str:
        what = "the account keeps something else than was sent"
        if step.after is not None:
            what += f": {difference(step.after, stored.content)}"
        if stored.id not in self.read.contents:
            return f"{what}; it was removed again"
        removal = self.sender.attempts.get(ordering.delete(stored))
        if removal is None:
            return f"{what}; {stored.id} was left as it is"
        why = removal.error.message if removal.error else "the account still shows it"
        return f"{what}; it could not be removed again: {why}"

    def _is_of_someone_else(self, change: Change) -> bool:
        """Whether neither the first read nor a request of ours explains what `change` is to mend."""
        if change.existing is None:
            return change.desired not in {approved.desired for approved in self.plan.changes}
        id_, content = change.existing.id, change.existing.content
        if content == self.first.contents.get(id_) or content in self.wanted:
            return False
        if any(self.is_open(step) and step.after for step, _ in self._sent()):
            return False  # what we sent is not to be seen: it may be this one, whatever the server said
        return id_ not in {attempt.id or step.id for step, attempt in self._sent()}

    def _sent(self) -> list[tuple[Step, Attempt]]:
        return [pair for pair in self.sender.attempts.items() if pair[1].may_have_changed]

    def _hint(self) -> str:
        """Where creates were refused that may have needed room."""
        for change in self.plan.changes:
            for step in change.steps:
                attempt = self.sender.attempts.get(step)
                error = attempt.error if attempt else None
                if (
                    step.kind == "create"
                    and isinstance(error, RequestError)
                    and error.status in _NO_ROOM
                    and {name for name, _ in error.invalid_params} <= {"name"}
                    and any(step.kind == "delete" for step in self.plan.steps)
                ):
                    return _MAKE_ROOM
        return ""


def difference(sent: Subscription, stored: Subscription) -> str:
    """What the server changed, in words, whichever field it is in; URLs redact themselves."""
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
