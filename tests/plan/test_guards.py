"""Each guard at its limits. What they are for is in `examples.md`."""

from __future__ import annotations

import pytest

from defacto_webhooks.plan import Action
from defacto_webhooks.plan.guards import Guard, GuardRefused, check, enforce, refused
from defacto_webhooks.settings import Scope, Settings, UpdateMode
from tests.accounts import EVENTS, URLS, plan_of, remote, subscription

WATCHED_BY_NOBODY = ("*",)


def url(number: int) -> str:
    return f"https://h{number}.example.com/"


def guards_of(existing: int, kept: int, **settings: object) -> list[str]:
    """An account of `existing` names of which the file lists the first `kept`."""
    account = [remote(str(n), f"n{n}", url(n)) for n in range(existing)]
    desired = [subscription(f"n{n}", url(n)) for n in range(kept)]
    chosen = Settings(unwatched=WATCHED_BY_NOBODY, **settings)  # type: ignore[arg-type]
    return [guard.code for guard in check(plan_of(desired, account, chosen))]


@pytest.mark.parametrize(
    ("existing", "kept", "percent", "codes"),
    [
        (0, 0, 30, []),
        (1, 1, 30, []),
        (1, 0, 30, ["delete-all"]),
        (3, 1, 30, []),  # two are no mass
        (4, 1, 30, ["mass-delete"]),
        (10, 7, 30, []),  # exactly 30 % is not more
        (10, 6, 30, ["mass-delete"]),
        (7, 2, 30, ["mass-delete"]),
        (2, 1, 0, ["mass-delete"]),
        (11, 10, 0, ["mass-delete"]),
        (11, 11, 0, []),
        (12, 1, 100, []),
        (12, 0, 100, ["delete-all"]),
        (12, 0, 30, ["delete-all"]),  # one override is enough
        (12, 0, 0, ["delete-all"]),
    ],
)
def test_bulk_deletes(existing: int, kept: int, percent: int, codes: list[str]) -> None:
    assert guards_of(existing, kept, max_delete_percent=percent) == codes
    assert guards_of(existing, kept, max_delete_percent=percent, prune=False) == []


def test_messages_and_overrides() -> None:
    settings = Settings(unwatched=WATCHED_BY_NOBODY)
    account = [remote(str(n), f"n{n}", url(n)) for n in range(10)]
    [guard] = check(plan_of([subscription(f"n{n}", url(n)) for n in range(5)], account, settings))
    assert guard == Guard(
        "mass-delete",
        "would delete 5 of 10 subscriptions, more than 30% (`settings.max_delete_percent`)",
        "--allow mass-delete",
    )
    [guard] = check(plan_of([], account, settings))
    assert (guard.message, guard.override) == (
        "would delete all 10 subscriptions in scope",
        "--allow delete-all",
    )
    [guard] = check(plan_of([], account[:1], settings))
    assert guard.message == "would delete the only subscription in scope"


def test_ignored_and_foreign_names_do_not_count() -> None:
    account = [remote(str(n), f"x{n}", url(n)) for n in range(20)] + [remote("a", "mine")]
    plan = plan_of([], account, Settings(scope=Scope(ignore=("x*",))))
    assert [guard.code for guard in check(plan)] == ["delete-all"]
    plan = plan_of([], account, Settings(scope=Scope(name_prefix="mi")))
    assert [guard.code for guard in check(plan)] == ["delete-all"]


def test_replaces_twins_and_renames_are_no_deletes() -> None:
    nothing_may_go = Settings(max_delete_percent=0)
    account = [remote("1", "a"), remote("2", "a"), remote("3", "b", URLS[1])]
    replaced = plan_of([subscription("a", URLS[2])], account[:2], nothing_may_go)
    assert check(replaced) == ()
    desired = [subscription("z"), subscription("b", URLS[1])]
    renamed = plan_of(desired, [account[0], account[2]], nothing_may_go)
    assert check(renamed) == ()
    begun = plan_of(desired, [account[0], remote("4", "z"), account[2]], nothing_may_go)
    assert check(begun) == ()


def test_many_renames_that_were_begun_are_finished() -> None:
    old = [remote(str(n), f"old{n}", url(n)) for n in range(10)]
    new = [remote(f"n{n}", f"new{n}", url(n)) for n in range(10)]
    desired = [subscription(f"new{n}", url(n)) for n in range(10)]
    assert check(plan_of(desired, old)) == check(plan_of(desired, old + new)) == ()


def test_what_only_looks_like_a_rename_is_counted() -> None:
    """Ten copies of one entry under other names: a rename takes one of them."""
    account = [remote(str(n), f"old{n}") for n in range(10)] + [remote("n", "new")]
    [guard] = check(plan_of([subscription("new")], account))
    assert guard.message.startswith("would delete 9 of 11 subscriptions")


@pytest.mark.parametrize("update", UpdateMode)
def test_protected_names_can_not_go_not_even_by_a_rename(update: UpdateMode) -> None:
    settings = Settings(protect=("billing-*",), update=update)
    keep = subscription("b", URLS[1])
    account = [remote("1", "billing-x"), remote("2", "b", URLS[1])]
    for desired in ([keep], [keep, subscription("new-name")]):
        [guard] = check(plan_of(desired, account, settings))
        assert (guard.code, guard.override) == ("protected", None)
        assert "'billing-x'" in guard.message
        assert refused([guard], {"protected"}) == (guard,)
    changed = [keep, subscription("billing-x", URLS[2])]
    assert check(plan_of(changed, account, settings)) == ()
    copies = [*account, remote("3", "billing-x")]
    assert check(plan_of([keep, subscription("billing-x")], copies, settings)) == ()
    twins = [*account, remote("3", "billing-x", URLS[2])]
    [guard] = check(plan_of([keep, subscription("billing-x")], twins, settings))
    assert "a twin of 'billing-x'" in guard.message


def test_many_protected_names_are_cut_short() -> None:
    account = [remote(str(n), f"p{n}", url(n)) for n in range(8)] + [remote("k", "k")]
    [guard] = check(plan_of([subscription("k")], account, Settings(protect=("p*",), max_delete_percent=100)))
    assert guard.message.startswith("would delete 'p0', 'p1', 'p2', 'p3', 'p4', and 3 more,")


def test_an_event_type_that_is_received_today_may_not_be_lost() -> None:
    account = [remote("1", "a", URLS[0], *EVENTS), remote("2", "b", URLS[1], EVENTS[1])]
    less = [subscription("a", URLS[0], EVENTS[0]), subscription("b", URLS[1], EVENTS[1])]
    plan = plan_of(less, account)
    [guard] = check(plan)
    assert (guard.code, guard.override) == ("lost-events", "--allow lost-events")
    assert plan.coverage.lost == (EVENTS[2],)
    assert EVENTS[2] in guard.message
    assert EVENTS[1] not in guard.message  # `b` still receives it
    unwatched = plan_of(less, account, Settings(unwatched=("Payment.*",)))
    assert (unwatched.coverage.lost, check(unwatched)) == ((), ())


def test_a_target_that_would_strand_an_event_is_refused() -> None:
    account = [remote("1", "old", URLS[0], EVENTS[0]), remote("2", "x", URLS[1], EVENTS[0])]
    desired = [subscription("new", URLS[0], *EVENTS[:2]), subscription("x", URLS[1])]
    [guard] = check(plan_of(desired, account, targets=["old"]))
    assert (guard.code, guard.override) == ("incomplete-target", None)
    assert EVENTS[0] in guard.message
    assert "--target 'new'" in guard.message
    assert check(plan_of(desired, account, targets=["old", "new"])) == ()


@pytest.mark.parametrize("count", [1, 5])
def test_a_copy_of_what_is_renamed_is_no_delete(count: int) -> None:
    """Of each old name there are two alike: one becomes the new one, the other is its copy."""
    old = [remote(f"{number}{letter}", f"old{number}") for number in range(count) for letter in "ab"]
    plan = plan_of([subscription(f"new{number}") for number in range(count)], old)
    assert check(plan) == ()
    assert plan.count(Action.DELETE) == plan.count(Action.REPLACE) == count
    assert {change.reason for change in plan.changes if change.action is Action.DELETE} == {
        f"a copy of {number}a, which is renamed" for number in range(count)
    }


def test_an_allow_lifts_its_guard_and_no_other() -> None:
    guards = [
        Guard("delete-all", "", "--allow delete-all"),
        Guard("lost-events", "", "--allow lost-events"),
        Guard("protected", "", None),
    ]
    assert refused(guards, {"lost-events"}) == (guards[0], guards[2])
    assert refused(guards[1:], {"lost-events", "unneeded"}) == (guards[2],)
    assert refused(guards, set()) == tuple(guards)


def test_whoever_allows_all_to_be_deleted_allows_all_that_is_less() -> None:
    """Also where some of it is done already: what was begun can be finished with the same command."""
    guards = [Guard("delete-all", "", "--allow delete-all"), Guard("lost-events", "", "--allow lost-events")]
    assert refused(guards, {"delete-all"}) == ()
    assert refused([*guards, Guard("protected", "", None)], {"delete-all"}) != ()
    assert refused(guards[1:], {"delete-all"}) == ()


def test_a_refusal_says_which_options_lift_it() -> None:
    with pytest.raises(GuardRefused) as caught:
        enforce(plan_of([], [remote("1", "a")]))
    assert [guard.code for guard in caught.value.guards] == ["delete-all", "lost-events"]
    assert caught.value.hint == "if that is what you want, add --allow delete-all"
    with pytest.raises(GuardRefused) as caught:
        enforce(plan_of([], [remote("1", "a")], Settings(protect=("a",))), {"delete-all"})
    assert "--allow" not in caught.value.hint
    enforce(plan_of([], [remote("1", "a")]), {"delete-all"})
