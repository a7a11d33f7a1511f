"""May a plan be applied? Each case: what is asked for, and what is said; nothing said means that it may."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from defacto_webhooks.ci.review import Proposal, Reviewed, Trigger, check, note, reviewed
from defacto_webhooks.plan import Plan
from defacto_webhooks.redaction import Secret
from defacto_webhooks.settings import Settings
from tests.accounts import KEY, plan_of, remote, subscription

A, B = subscription("a"), subscription("b")
NOTHING = plan_of([A], [remote("1", "a")])
ADDS = plan_of([A, B], [remote("1", "a")])
DELETES = plan_of([A], [remote("1", "a"), remote("2", "b"), remote("3", "c")])
DELETES_ALL = plan_of([], [remote("1", "a")])
PROTECTED = plan_of([A], [remote("1", "a"), remote("2", "b")], Settings(protect=("b",)))
OTHER = plan_of([A, subscription("c")], [remote("1", "a")])
PROPOSAL = Proposal("acme/hooks", 7, "abc", ADDS.environment, ADDS.api_url)


def shown(plan: Plan, steps: Collection[str] = ()) -> Reviewed:
    return Reviewed("…", plan.fingerprint, frozenset(steps))


@pytest.mark.parametrize(
    ("plan", "trigger", "says"),
    [
        (NOTHING, Trigger(), ""),
        (NOTHING, Trigger(pull_request=7), ""),
        # A merge: what was shown for the last commit, and nothing else.
        (DELETES, Trigger(pull_request=7, reviewed=shown(DELETES)), ""),
        (ADDS, Trigger(pull_request=7, reviewed=shown(OTHER)), "not the reviewed one"),
        (ADDS, Trigger(pull_request=7), "No plan was shown for the last commit of pull request #7"),
        # … or what is left of it.
        (ADDS, Trigger(pull_request=7, reviewed=shown(OTHER, ADDS.step_fingerprints)), ""),
        (
            ADDS,
            Trigger(pull_request=7, reviewed=shown(OTHER, OTHER.step_fingerprints)),
            "not the reviewed one",
        ),
        # A direct push only adds.
        (ADDS, Trigger(), ""),
        (DELETES, Trigger(), "it does more than add"),
        (ADDS, Trigger(is_newest=False), "the branch has moved on"),
        # By hand, with a fingerprint.
        (DELETES, Trigger(expected=DELETES.fingerprint), ""),
        (DELETES, Trigger(expected=DELETES.fingerprint, pull_request=7, reviewed=shown(OTHER)), ""),
        (ADDS, Trigger(expected=OTHER.fingerprint), "not the expected one"),
        (ADDS, Trigger(is_by_hand=True), "started by hand, without the fingerprint"),
        (ADDS, Trigger(is_by_hand=True, reviewed=shown(ADDS)), "started by hand, without the fingerprint"),
        (DELETES, Trigger(is_by_hand=True, expected=DELETES.fingerprint), ""),
        # An old run undoes nothing newer.
        (ADDS, Trigger(reviewed=shown(ADDS), is_rerun=True), ""),
        (ADDS, Trigger(reviewed=shown(ADDS), is_rerun=True, is_newest=False), "This is an old run"),
        (ADDS, Trigger(expected=ADDS.fingerprint, is_rerun=True, is_newest=False), "This is an old run"),
        # Guards stand before a reviewed plan, too.
        (DELETES_ALL, Trigger(reviewed=shown(DELETES_ALL)), "A guard refuses it"),
        (DELETES_ALL, Trigger(reviewed=shown(DELETES_ALL), allowed=["delete-all"]), ""),
        (PROTECTED, Trigger(reviewed=shown(PROTECTED), allowed=["protected"]), "A guard refuses it"),
    ],
)
def test_may_it_be_applied(plan: Plan, trigger: Trigger, says: str) -> None:
    stop = check(plan, trigger, KEY)
    if not says:
        assert stop is None
    else:
        assert stop is not None
        assert says in stop.why
        old = trigger.is_rerun or not trigger.is_newest
        assert stop.by_hand is (not old and plan is not PROTECTED)


def test_what_has_to_be_lifted_is_said_at_once() -> None:
    stop = check(DELETES_ALL, Trigger(pull_request=7), KEY)
    assert stop is not None
    assert stop.allow == ("delete-all",)


def test_a_note_proves_a_plan_for_one_proposal_only() -> None:
    written = note(ADDS, PROPOSAL, KEY)
    assert reviewed(written, ADDS.step_fingerprints, PROPOSAL, KEY) == Reviewed(
        "1 to create; 1 unchanged.", ADDS.fingerprint, frozenset(ADDS.step_fingerprints)
    )
    for other in (
        PROPOSAL._replace(repository="mallory/hooks"),
        PROPOSAL._replace(pull_request=8),
        PROPOSAL._replace(head="abd"),
        PROPOSAL._replace(environment="sandbox"),
        PROPOSAL._replace(api_url="https://api.getdefacto.com.evil.example"),
    ):
        assert reviewed(written, (), other, KEY) is None
    assert reviewed(written, (), PROPOSAL, Secret("another key")) is None
    for forged in (None, "", written[:-1], written.replace(ADDS.fingerprint, OTHER.fingerprint)):
        assert reviewed(forged, (), PROPOSAL, KEY) is None


def test_steps_count_only_if_they_are_those_of_the_plan() -> None:
    written = note(ADDS, PROPOSAL, KEY)
    for steps in ((), OTHER.step_fingerprints, (*ADDS.step_fingerprints, *OTHER.step_fingerprints)):
        found = reviewed(written, steps, PROPOSAL, KEY)
        assert found is not None
        assert found.steps == frozenset()


def test_a_note_fits_into_a_commit_status() -> None:
    account = [remote(str(n), f"n{n}") for n in range(1_200)]
    many = plan_of([subscription(f"m{n}") for n in range(1_200)], account, Settings(prune=False))
    written = note(many, PROPOSAL, KEY)
    assert len(written) <= 140
    assert reviewed(written, (), PROPOSAL, KEY) is not None
