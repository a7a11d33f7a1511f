"""What may be sent now: pure checks on a fresh read, right before what could take something away.

They don't trust the plan: they look at the account as it is, and at what the whole file wants.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from defacto_webhooks.apply.goals import Read
from defacto_webhooks.plan import Step
from defacto_webhooks.subscription import Pair, Subscription


def sendable(
    steps: Iterable[Step],
    read: Read,
    desired: Iterable[Subscription],
    shown: Collection[Step],
    asked_for: Collection[tuple[str, Pair]] = (),
) -> tuple[list[Step], dict[Step, str]]:
    """Split `steps` into those that may be sent and those that may not, each with the reason.

    A create may always be sent. Another step may if it was shown (or removes an exact copy of a subscription
    that stays), if its target is still what was shown, and if each (URL, event type) pair that it takes away
    is unwanted by the whole file or carried by another subscription that stays. `asked_for` are the pairs
    that requests of this apply took from an id, or may have taken: a list that shows them is not believed.
    """
    wanted = frozenset(desired)
    wanted_pairs = {pair for subscription in wanted for pair in subscription.pairs()}
    carried = {
        (id_, pair)
        for id_, content in read.contents.items()
        for pair in content.pairs()
        if pair in wanted_pairs
    }.difference(asked_for)
    carriers = Counter(pair for _, pair in carried)
    copies = Counter(content for content in read.contents.values() if content in wanted)
    allowed: list[Step] = []
    blocked: dict[Step, str] = {}
    for step in steps:
        if step.before is None or step.id is None:
            allowed.append(step)
            continue
        takes = [pair for pair in step.taken_away() if pair in wanted_pairs]
        lost = [pair for pair in takes if carriers[pair] == ((step.id, pair) in carried)]
        spare_copy = step.kind == "delete" and copies[step.before] > 1
        if read.contents.get(step.id) != step.before:
            blocked[step] = "it changed after the plan was made; it was left as it is"
        elif step not in shown and not spare_copy:
            blocked[step] = "it appeared or changed after the plan was shown; it was left as it is"
        elif lost:
            url, event_type = min(lost, key=lambda pair: (str(pair[0]), pair[1]))
            blocked[step] = f"nothing else would deliver {event_type} to {url}; it was kept"
        else:
            allowed.append(step)
            carriers.subtract(pair for pair in takes if (step.id, pair) in carried)
            copies[step.before] -= 1
    return allowed, blocked
