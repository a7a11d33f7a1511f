"""Each guard at its limits."""

from __future__ import annotations

import pytest

from defacto_webhooks.plan.guards import Guard, check, refused
from defacto_webhooks.settings import Scope, Settings, UpdateMode
from tests.accounts import EVENTS, URLS, plan_of, remote, subscription


def url(number: int) -> str:
    return f"https://h{number}.example.com/"


def guards_of(existing: int, kept: int, **settings: object) -> list[str]:
    """An account of `existing` names of which the file lists the first `kept`."""
    account = [remote(str(n), f"n{n}", url(n)) for n in range(existing)]
    desired = [subscription(f"n{n}", url(n)) for n in range(kept)]
    return [guard.code for guard in check(plan_of(desired, account, Settings(**settings)))]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("existing", "kept", "percent", "codes"),
    [
        (0, 0, 30, []),
        (1, 1, 30, []),
        (1, 0, 30, ["delete-all"]),
        (9, 1, 30, []),  # below ten, a percentage says little
        (9, 0, 30, ["delete-all"]),
        (10, 7, 30, []),  # exactly 30 % is not more
        (10, 6, 30, ["mass-delete"]),
        (11, 10, 0, ["mass-delete"]),
        (11, 11, 0, []),
        (12, 1, 100, []),
        (12, 0, 100, ["delete-all"]),
        (12, 0, 30, ["delete-all"]),  # one override is enough
    ],
)
def test_bulk_deletes(existing: int, kept: int, percent: int, codes: list[str]) -> None:
    assert guards_of(existing, kept, max_delete_percent=percent) == codes
    assert guards_of(existing, kept, max_delete_percent=percent, prune=False) == []


def test_messages_and_overrides() -> None:
    account = [remote(str(n), f"n{n}", url(n)) for n in range(10)]
    [guard] = check(plan_of([subscription(f"n{n}", url(n)) for n in range(5)], account))
    assert guard == Guard(
        "mass-delete",
        "would delete 5 of 10 subscriptions, more than 30% (settings.max_delete_percent)",
        "--allow mass-delete",
    )
    [guard] = check(plan_of([], account))
    assert (guard.message, guard.override) == (
        "would delete all 10 subscriptions in scope",
        "--allow delete-all",
    )
    [guard] = check(plan_of([], account[:1]))
    assert guard.message == "would delete the only subscription in scope"


def test_ignored_and_foreign_names_do_not_count() -> None:
    account = [remote(str(n), f"x{n}", url(n)) for n in range(20)] + [remote("a", "mine")]
    plan = plan_of([], account, Settings(scope=Scope(ignore=("x*",))))
    assert [guard.code for guard in check(plan)] == ["delete-all"]
    plan = plan_of([], account, Settings(scope=Scope(name_prefix="mi")))
    assert [guard.code for guard in check(plan)] == ["delete-all"]


def test_replaces_twins_and_renames_are_no_deletes() -> None:
    account = [remote("1", "a"), remote("2", "a"), remote("3", "b", URLS[1])]
    replaced = plan_of([subscription("a", URLS[2])], account[:2])
    assert check(replaced) == ()
    renamed = plan_of([subscription("z"), subscription("b", URLS[1])], [account[0], account[2]])
    assert check(renamed) == ()


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
    twins = [*account, remote("3", "billing-x")]
    assert check(plan_of([keep, subscription("billing-x")], twins, settings)) == ()


def test_many_protected_names_are_cut_short() -> None:
    account = [remote(str(n), f"p{n}", url(n)) for n in range(8)] + [remote("k", "k")]
    [guard] = check(plan_of([subscription("k")], account, Settings(protect=("p*",))))
    assert guard.message.startswith("would delete 'p0', 'p1', 'p2', 'p3', 'p4', and 3 more,")


def test_a_target_that_would_strand_an_event_is_refused() -> None:
    account = [remote("1", "old", URLS[0], EVENTS[0])]
    desired = [subscription("new", URLS[0], *EVENTS[:2])]
    [guard] = [g for g in check(plan_of(desired, account, targets=["old"])) if g.code == "would-lose-events"]
    assert guard.override is None
    assert EVENTS[0] in guard.message
    assert "--target 'new'" in guard.message
    both = check(plan_of(desired, account, targets=["old", "new"]))
    assert not [g for g in both if g.code == "would-lose-events"]


def test_an_allow_lifts_its_guard_and_no_other() -> None:
    guards = [Guard("delete-all", "", "--allow delete-all"), Guard("mass-delete", "", "--allow mass-delete")]
    assert refused(guards, {"delete-all"}) == (guards[1],)
    assert refused(guards, {"delete-all", "mass-delete", "unneeded"}) == ()
    assert refused(guards, set()) == tuple(guards)
