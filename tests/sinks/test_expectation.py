"""What counts as having come, and what is remembered for it."""

from __future__ import annotations

import pickle

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
