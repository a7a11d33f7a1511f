"""The last check before anything is taken away, on its own: it must hold even if the plan were wrong."""

from __future__ import annotations

import random
from collections.abc import Sequence

from hypothesis import given, strategies as st

from defacto_webhooks.apply.goals import Read
from defacto_webhooks.apply.safety import sendable
from defacto_webhooks.plan import Step
from defacto_webhooks.subscription import RemoteSubscription, Subscription
from tests.accounts import EVENTS, URLS, accounts, files, remote, subscription, subscriptions


def delete(target: RemoteSubscription) -> Step:
    return Step("delete", target.id, target.content, None)


def patch(target: RemoteSubscription, after: Subscription) -> Step:
    return Step("patch", target.id, target.content, after)


def allowed(
    steps: Sequence[Step],
    current: Sequence[RemoteSubscription],
    desired: Sequence[Subscription],
    shown: Sequence[Step] | None = None,
) -> list[Step]:
    return sendable(steps, Read(current), desired, steps if shown is None else shown)[0]


@given(accounts, files, st.data())
def test_any_steps_at_all_in_any_order_uncover_nothing_that_is_wanted(
    current: list[RemoteSubscription], desired: list[Subscription], data: st.DataObject
) -> None:
    """Also steps that no plan would make: deletes of everything, patches to anywhere."""
    steps = []
    for target in current:
        after = data.draw(st.one_of(st.none(), st.just("stay"), subscriptions))
        if after is None:
            steps.append(delete(target))
        elif isinstance(after, Subscription):
            steps.append(patch(target, after))
    sent, blocked = sendable(steps, Read(current), desired, steps)
    assert len(sent) + len(blocked) == len(steps)
    assert all(blocked.values())
    wanted = {pair for s in desired for pair in s.pairs()}
    contents = {r.id: r.content for r in current}
    kept = wanted & {pair for content in contents.values() for pair in content.pairs()}
    random.Random(len(steps)).shuffle(sent)
    for step in sent:
        assert step.id
        contents.pop(step.id)
        if step.after:
            contents[step.id] = step.after
        assert kept <= {pair for content in contents.values() for pair in content.pairs()}


@given(accounts, files)
def test_what_is_unwanted_is_not_held_back(
    current: list[RemoteSubscription], desired: list[Subscription]
) -> None:
    wanted = {pair for s in desired for pair in s.pairs()}
    steps = [delete(target) for target in current if wanted.isdisjoint(target.content.pairs())]
    assert allowed(steps, current, desired) == steps


def test_of_two_that_carry_a_wanted_pair_only_one_may_go() -> None:
    wanted = subscription("w", URLS[0], EVENTS[0])
    both = [remote("1", "x"), remote("2", "y")]
    steps = [delete(one) for one in both]
    sent, blocked = sendable(steps, Read(both), [wanted], steps)
    [(kept, reason)] = blocked.items()
    assert sent == [steps[0]]
    assert kept == steps[1]
    assert EVENTS[0] in reason
    assert "t=1" not in reason


def test_what_was_not_shown_goes_only_as_a_copy_of_what_stays() -> None:
    wanted = subscription("w", URLS[0], EVENTS[0])
    copies = [remote("1", "w"), remote("2", "w"), remote("3", "w")]
    steps = [delete(one) for one in copies]
    assert allowed(steps[1:], copies, [wanted], shown=[]) == steps[1:]
    # Even if told to remove all of them, one stays.
    assert allowed(steps, copies, [wanted], shown=[]) == steps[:2]
    assert allowed(steps[:1], copies[:1], [wanted], shown=[]) == []
    # Two equal ones that the file does not want are nobody's copies.
    strangers = [remote("1", "x", URLS[1]), remote("2", "x", URLS[1])]
    assert allowed([delete(strangers[0])], strangers, [wanted], shown=[]) == []
    # A patch is never a copy's end.
    assert allowed([patch(copies[0], wanted)], copies, [wanted], shown=[]) == []


def test_a_target_that_changed_is_left_alone_and_the_rest_goes_on() -> None:
    changed, other = remote("1", "x", URLS[1], EVENTS[1]), remote("2", "y", URLS[1])
    stale = delete(remote("1", "x", URLS[1], EVENTS[0]))
    good = delete(other)
    sent, refused = sendable([stale, good], Read([changed, other]), [], [stale, good])
    [(blocked, reason)] = refused.items()
    assert sent == [good]
    assert blocked == stale
    assert "changed after" in reason


def test_a_create_may_always_be_sent() -> None:
    current = [remote("2", "y", URLS[1])]
    steps = [Step("create", None, None, subscription("a")), delete(current[0])]
    assert allowed(steps, current, []) == steps


def test_what_was_told_to_go_carries_nothing_whatever_a_list_says() -> None:
    """A list that still shows it, some seconds later, must not be the reason to delete the last one."""
    wanted = subscription("w", URLS[0], EVENTS[0])
    gone, last = remote("1", "x"), remote("2", "y")
    asked_for = {("1", pair) for pair in gone.content.pairs()}
    sent, blocked = sendable([delete(last)], Read([gone, last]), [wanted], [delete(last)], asked_for)
    assert not sent
    assert list(blocked) == [delete(last)]
    # It may be told again, as long as another one delivers.
    assert sendable([delete(gone)], Read([gone, last]), [wanted], [delete(gone)], asked_for)[0]
    assert not sendable([delete(gone)], Read([gone]), [wanted], [delete(gone)], asked_for)[0]
