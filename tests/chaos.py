"""`make chaos`: the promises under random faults for as long as you like, then figures.

`WEBHOOKS_CHAOS_MINUTES` says how long (default 10). It stops at the first promise that is broken.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from defacto_webhooks.apply import Pace
from defacto_webhooks.settings import Settings, UpdateMode
from tests import conftest  # noqa: F401 - it says how many examples a property gets
from tests.accounts import EVENTS, URLS, subscription
from tests.apply import test_promises as promises
from tests.apply.applying import COUNTS, apply, pairs
from tests.apply.oracle import check_report
from tests.certificate import Certificate
from tests.cli import test_kill as kills
from tests.faulty_server import BrokenTls, Call, FaultyServer, MemoryServer, On, When, stored
from tests.process import CHECKED

PROPERTIES = (
    promises.test_whatever_fails_nothing_is_lost_and_the_report_is_true,
    promises.test_an_exception_of_any_class_out_of_a_request_leaves_it_unknown,
    promises.test_whatever_the_ways_of_the_server_nothing_is_lost_and_the_report_is_true,
    promises.test_no_gap_even_if_lists_are_stale_and_refusals_lie,
    promises.test_a_second_apply_of_the_same_file_ends_with_one_of_each,
    promises.test_interrupted_it_starts_no_change_and_the_report_is_true,
    promises.test_targets_touch_nothing_else,
    promises.test_over_months_nothing_is_lost,
)


def kill_an_apply(server: FaultyServer, dice: random.Random) -> None:
    """The installed command, killed at one random request, then run again."""
    with tempfile.TemporaryDirectory() as folder:
        nth, when = dice.randint(1, 4 + 3 * kills.COUNT), dice.choice(list(When))
        update = dice.choice(["replace", "patch"])
        target = dice.choice([None, None, "*0", "old*", "s[12]"])
        kills.check_killed(server, Path(folder), nth, when, update, target)
    COUNTS["kills"] += 1


def break_records(server: FaultyServer, dice: random.Random) -> None:
    """An apply over TLS, of which records break on the way."""
    rows = [stored("1", "a", URLS[1], EVENTS[0]), stored("2", "old", URLS[0], *EVENTS)]
    desired = [subscription("a", URLS[0], *EVENTS), subscription("b", URLS[1], EVENTS[0])]
    chosen = Settings(update=dice.choice(list(UpdateMode)))
    broken = [
        On(
            dice.choice([Call.LIST, Call.WRITE]),
            dice.randint(1, 4),
            BrokenTls(when=when),
            times=dice.randint(1, 2),
        )
        for when in When
    ]
    server.reset(rows, broken)
    run = apply(server, desired, chosen, pace=Pace(settle_s=0.01))
    if run.plan and run.report:
        check_report(server, run.plan, run.report, desired)
    server.settle()
    assert not server.gaps(pairs(desired))
    promises.check_converges(server, desired, chosen)


def main() -> int:
    minutes = float(os.environ.get("WEBHOOKS_CHAOS_MINUTES", "10"))
    until = time.monotonic() + minutes * 60
    dice = random.Random()
    rounds = 0
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        certificate = Certificate(Path(folder))
        os.environ["SSL_CERT_FILE"] = str(certificate.authority)
        server, tls = (stack.enter_context(FaultyServer(how)) for how in (None, certificate.server))
        memory = stack.enter_context(MemoryServer())
        while time.monotonic() < until:
            for prove in PROPERTIES:
                prove(memory)
            for _ in range(10):
                kill_an_apply(server, dice)
            for _ in range(5):
                break_records(tls, dice)
            rounds += 1
            print(f"round {rounds}: {COUNTS['applies']:,} applies, nothing lost", flush=True)
    COUNTS["bytes of output without a secret"] = CHECKED["bytes"]
    print(f"\n{minutes:g} minutes, {rounds} rounds of {len(PROPERTIES)} properties")
    for what, count in sorted(COUNTS.items()):
        print(f"{count:12,}  {what}")
    print("Nothing was lost: no gap, no twin left, no report that the server contradicts.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
