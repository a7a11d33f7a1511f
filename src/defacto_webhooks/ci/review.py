"""Whether a plan may be applied after a merge. Pure, and closed: what is not clearly allowed is not done."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from defacto_webhooks.plan import Action, Plan, guards
from defacto_webhooks.render import words

_NOTE: Final = re.compile(r"(.*) Fingerprint ([0-9a-f]{32})", re.DOTALL)
_SUMMARY: Final = 90  # characters; a commit status has room for 140


@dataclass(frozen=True)
class Reviewed:
    """What the reviewers of a pull request saw: `note` when it was shown, read back after the merge."""

    summary: str
    fingerprint: str

    @classmethod
    def of(cls, note: str | None) -> Reviewed | None:
        match = _NOTE.fullmatch(note or "")
        return cls(match[1], match[2]) if match else None


def note(plan: Plan) -> str:
    """What the commit status of a shown plan says."""
    summary = words.summary(plan)
    if len(summary) > _SUMMARY:
        summary = f"{summary[: _SUMMARY - 1]}…"
    return f"{summary} Fingerprint {plan.fingerprint}"


@dataclass(frozen=True)
class Stop:
    """Why nothing is applied. `by_hand`: whether starting it by hand with the fingerprint would do it."""

    why: str
    by_hand: bool = True
    allow: tuple[str, ...] = ()  # guards that have to be lifted


def decide(
    plan: Plan,
    *,
    expected: str | None = None,
    reviewed: Reviewed | None = None,
    allowed: Collection[str] = (),
    is_newest: bool = True,
    is_rerun: bool = False,
) -> Stop | None:
    """None if `plan` may be applied.

    `expected` was given by hand, `reviewed` was shown in the pull request, `is_newest` says that the
    branch has not moved on. `is_rerun`: a run of long ago may come again, and its reviewed plan may fit
    again when a newer merge took it back; it must not undo that. `allowed` are guards lifted by hand.
    """
    if plan.is_empty:
        return None
    refused = guards.refused(guards.check(plan), allowed)
    codes = tuple(guard.code for guard in refused if guard.override)
    if is_rerun and not is_newest:
        why = "This is an old run, and the branch has moved on: the run of its newest commit decides."
        return Stop(why, by_hand=False)
    shown = expected or (reviewed.fingerprint if reviewed else None)
    if shown is not None and shown != plan.fingerprint:
        what = "the one that was expected" if expected else "the one that was reviewed"
        return Stop(
            f"The plan is not {what}: the file, the account or a variable changed since.", allow=codes
        )
    if refused:
        liftable = len(codes) == len(refused)
        why = " ".join(f"A guard refuses it: {guard.message}." for guard in refused)
        return Stop(why, liftable, codes)
    if shown is not None:
        return None
    if not is_newest:
        why = "Nobody reviewed this plan, and the branch has moved on: the run of its newest commit decides."
        return Stop(why, by_hand=False)
    if plan.count(Action.DELETE):
        return Stop("Nobody reviewed this plan, and it deletes something.")
    if plan.coverage.lost:
        return Stop("Nobody reviewed this plan, and there are events that nobody would receive any more.")
    return None
