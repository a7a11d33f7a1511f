"""The promises with hundreds of subscriptions, on several pages."""

from __future__ import annotations

import pytest

from defacto_webhooks.apply import Outcome
from tests.accounts import EVENTS, subscription
from tests.apply.applying import apply, pairs
from tests.faulty_server import Call, CutOff, On, Reset, Server, Status, Stored, When, stored

COUNT = 400
CHANGED = 40


def url(number: int) -> str:
    return f"https://hooks.example.com/{number}?t=1"


def rows() -> list[Stored]:
    """What the file wants, but for some that still have an old URL, and some that nobody wants any more."""
    kept = [
        stored(f"{n:04}", f"s{n:04}", f"https://hooks.example.com/{n}?t=1", EVENTS[0]) for n in range(COUNT)
    ]
    for n in range(CHANGED):
        kept[n * 7] = stored(f"{n * 7:04}", f"s{n * 7:04}", f"https://old.example.com/{n}?t=1", EVENTS[0])
        # What goes is the only one that delivers what another entry is about to: it has to wait.
        kept.append(stored(f"gone{n}", f"gone{n}", url(n * 7), EVENTS[0]))
    return kept


@pytest.mark.parametrize(
    "faults",
    [
        [
            On(Call.CREATE, 3, Reset(when=When.AFTER), times=5),
            On(Call.DELETE, 2, Status(code=503), times=9),
        ],
        [On(Call.CREATE, 20, Status(code=422)), On(Call.LIST, 2, CutOff(), times=1)],
        [On(Call.LIST, COUNT // 100 + 9, CutOff(), times=99)],  # the second read never comes whole
    ],
    ids=["no answers", "a refusal", "no read"],
)
def test_no_gap_whatever_fails(server: Server, faults: list[On]) -> None:
    desired = [
        subscription(f"s{n:04}", f"https://hooks.example.com/{n}?t=1", EVENTS[0]) for n in range(COUNT)
    ]
    server.reset(rows(), faults)
    first = apply(server, desired)
    assert first.report
    assert server.fired
    server.settle()
    assert not server.gaps(pairs(desired))
    server.reset(server.account)
    second = apply(server, desired)
    assert second.report
    assert second.report.verified
    assert not server.gaps(pairs(desired))
    assert sorted(row.name for row in server.account) == [one.name for one in desired]
    server.reset(server.account)
    third = apply(server, desired)
    assert third.report
    assert third.report.outcome is Outcome.NO_CHANGES
