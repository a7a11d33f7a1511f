"""What counts as having come, and what is remembered for it."""

from __future__ import annotations

import pickle
from itertools import permutations

import pytest

from defacto_webhooks.events import expand
from defacto_webhooks.sinks.expectation import Expectation
from tests.inbox.support import notification, received


def test_each_pattern_wants_a_notification_of_its_own() -> None:
    expectation = Expectation(["Loan.*", "Loan.CLOSED"])
    assert not expectation.has_been_met
    expectation.take(received(notification("Loan.CLOSED")))
    expectation.take(received(notification("Loan.CLOSED")))
    assert expectation.missing == ["Loan.*"]
    expectation.take(received(notification("Loan.CLOSED", number=2)))
    assert expectation.has_been_met


def test_without_a_pattern_it_is_never_met() -> None:
    expectation = Expectation([])
    expectation.take(received(notification()))
    assert (expectation.missing, expectation.has_been_met) == ([], False)


def test_what_was_not_expected_is_not_remembered() -> None:
    expectation = Expectation(["Invoice.SUBMITTED", "Loan.CLOSED"])
    expectation.take(received(notification()))
    size = len(pickle.dumps(expectation))
    for number in range(2, 100):
        expectation.take(received(notification("Invoice.SUBMITTED", number)))
    assert len(pickle.dumps(expectation)) == size
    assert expectation.missing == ["Loan.CLOSED"]


@pytest.mark.parametrize(
    ("patterns", "event_types"),
    [
        (("*", "Invoice.*"), ("Invoice.SUBMITTED", "Loan.CLOSED")),
        (("Invoice.*", "Invoice.S*"), ("Invoice.SUBMITTED", "Invoice.VERIFIED")),
        # The third to come moves two others: *.CLOSED → Loan.* → *.
        (("*", "Loan.*", "*.CLOSED"), ("Loan.CLOSED", "Loan.TO_REPAY", "Invoice.SUBMITTED")),
        (("Loan.*", "Loan.*", "Invoice.*"), ("Loan.CLOSED", "Loan.CLOSED", "Loan.TO_REPAY")),
        (("*.CLOSED", "Loan.T*"), ("Invoice.SUBMITTED", "Loan.CLOSED", "Loan.CLOSED")),
    ],
)
def test_as_many_are_met_as_can_be_whatever_came_first(
    patterns: tuple[str, ...], event_types: tuple[str, ...]
) -> None:
    most = max(
        sum(bool(expand(pattern, [came])) for pattern, came in zip(patterns, order, strict=True))
        for order in permutations((*event_types, *[""] * len(patterns)), len(patterns))
    )
    notifications = [notification(each, number) for number, each in enumerate(event_types, 1)]
    for order in permutations(patterns):
        for coming in permutations(notifications):
            expectation = Expectation(order)
            for each in coming:
                expectation.take(received(each))
            assert len(expectation.missing) == len(patterns) - most, (order, coming)


def test_the_widest_glob_is_what_stays_missing() -> None:
    expectation = Expectation(["*", "Invoice.S*", "Invoice.*", "Invoice.SUBMITTED"])
    for number, left in enumerate([["*", "Invoice.*", "Invoice.S*"], ["*", "Invoice.*"], ["*"], []], 1):
        expectation.take(received(notification("Invoice.SUBMITTED", number)))
        assert expectation.missing == left


def test_thousands_of_patterns_are_no_trouble() -> None:
    expectation = Expectation(["*"] * 3000 + ["Loan.*"])
    for number in range(1, 4):
        expectation.take(received(notification("Loan.CLOSED", number)))
    assert len(expectation.missing) == 2998
