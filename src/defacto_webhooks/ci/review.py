"""Whether a plan may be applied. Pure; what is not clearly allowed is not done.

A plan that was shown is proven by a note: a MAC, keyed with the API key, over the plan's fingerprint and
all that it was shown for. Who has not got the key can't make one, whatever else they may write to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from hmac import compare_digest
from typing import Final, NamedTuple

from defacto_webhooks.plan import Action, Change, ListChange, Plan, guards
from defacto_webhooks.plan.approval import unapproved
from defacto_webhooks.plan.fingerprints import of_plan
from defacto_webhooks.redaction import Secret, keyed_fingerprint
from defacto_webhooks.render import words

_NOTE: Final = re.compile(r"(.*) Fingerprint ([0-9a-f]{32}) Proof ([0-9a-f]{32})", re.DOTALL)
_SUMMARY: Final = 50  # characters; a commit status of GitHub's has room for 140


class Proposal(NamedTuple):
    """What a plan is shown for: the newest commit of a pull request, and the account that it would change."""

    repository: str
    pull_request: int
    head: str
    environment: str
    api_url: str


@dataclass(frozen=True)
class Reviewed:
    """A plan that was shown for a proposal.

    `steps` are the fingerprints of its steps, where they are known: what is left of a plan of which a part
    was applied was reviewed, too.
    """

    summary: str
    fingerprint: str
    steps: frozenset[str] = frozenset()

    def covers(self, plan: Plan, key: Secret) -> bool:
        """Whether `plan` is the reviewed one, or what is left of it."""
        if plan.fingerprint == self.fingerprint:
            return True
        return not unapproved(plan, self.steps, key)


def note(plan: Plan, proposal: Proposal, key: Secret) -> str:
    """The proof that `plan` was shown for `proposal`, behind its summary; one line."""
    summary = words.summary(plan)
    if len(summary) > _SUMMARY:
        summary = f"{summary[: _SUMMARY - 1]}…"
    return f"{summary} Fingerprint {plan.fingerprint} Proof {_proof(plan.fingerprint, proposal, key)}"


def reviewed(note: str | None, steps: Iterable[str], proposal: Proposal, key: Secret) -> Reviewed | None:
    """What `note` proves for `proposal`; None where it proves nothing.

    `steps` may come from anywhere: they count only if they are those of the reviewed plan.
    """
    match = _NOTE.fullmatch(note or "")
    if match is None or not compare_digest(_proof(match[2], proposal, key), match[3]):
        return None
    known = frozenset(steps)
    is_whole = compare_digest(of_plan(proposal.environment, proposal.api_url, known, key), match[2])
    return Reviewed(match[1], match[2], known if is_whole else frozenset())


def _proof(fingerprint: str, proposal: Proposal, key: Secret) -> str:
    return keyed_fingerprint(key, json.dumps(["reviewed plan", fingerprint, *proposal]))[:32]


@dataclass(frozen=True)
class Trigger:
    """What asks for an apply.

    `expected` is the fingerprint that somebody gave; `is_by_hand`: they had to. `pull_request` is the number
    of the one whose merge it is; `reviewed` what was shown for its newest commit. `is_newest`: the branch has
    not moved on. `is_rerun`: somebody asked for it again, at any time later. `allowed` are guards lifted by
    hand.
    """

    expected: str = ""
    is_by_hand: bool = False
    pull_request: int | None = None
    reviewed: Reviewed | None = None
    is_newest: bool = True
    is_rerun: bool = False
    allowed: Collection[str] = ()


@dataclass(frozen=True)
class Stop:
    """Why nothing is applied. `by_hand`: whether starting it by hand with the fingerprint would do it."""

    why: str
    by_hand: bool = True
    allow: tuple[str, ...] = ()  # guards that have to be lifted


def check(plan: Plan, trigger: Trigger, key: Secret) -> Stop | None:
    """None if `plan` may be applied."""
    if plan.is_empty:
        return None
    if trigger.is_rerun and not trigger.is_newest:  # its plan may fit again where a newer merge took it back
        why = "This is an old run, and the branch has moved on: the run of its newest commit decides."
        return Stop(why, by_hand=False)
    refused = guards.refused(guards.check(plan), trigger.allowed)
    liftable = guards.codes_to_allow(refused)
    why = _not_approved(plan, trigger, key)
    if why:
        return Stop(why, by_hand=trigger.is_newest or bool(trigger.expected), allow=liftable)
    if refused:
        why = " ".join(f"A guard refuses it: {guard.message}." for guard in refused)
        return Stop(why, by_hand=all(guard.override for guard in refused), allow=liftable)
    return None


def _not_approved(plan: Plan, trigger: Trigger, key: Secret) -> str:
    """Why nobody has approved `plan`; empty if somebody has, or if it can't hurt."""
    changed = "the file, the account or a variable has changed since."
    if trigger.expected:
        return "" if plan.fingerprint == trigger.expected else f"The plan is not the expected one: {changed}"
    if trigger.is_by_hand:
        return "This was started by hand, without the fingerprint of a plan."
    if trigger.reviewed:
        return "" if trigger.reviewed.covers(plan, key) else f"The plan is not the reviewed one: {changed}"
    if trigger.pull_request is not None:
        return f"No plan was shown for the last commit of pull request #{trigger.pull_request}."
    if not trigger.is_newest:
        return "Nobody reviewed this plan, and the branch has moved on."
    if not all(map(_only_adds, plan.changes)):
        return "Nobody reviewed this plan, and it does more than add."
    return ""


def _only_adds(change: Change) -> bool:
    """Whether everything that was delivered is still delivered to the same URL."""
    if change.action is Action.DELETE:
        return False
    return all(isinstance(field, ListChange) and not field.removed for field in change.fields)
