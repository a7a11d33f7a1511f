"""What may be taken away now: pure checks on a fresh read, right before the requests that remove something.

They don't trust the plan: they look at the account as it is, and at what the whole file wants.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from defacto_webhooks.plan import Step
from defacto_webhooks.redaction import SecretUrl
from defacto_webhooks.subscription import RemoteSubscription, Subscription


def sort_out(
    steps: Iterable[Step],
    current: Sequence[RemoteSubscription],
    desired: Iterable[Subscription],
    shown: Collection[Step],
) -> tuple[list[Step], list[tuple[Step, str]]]:
    """Split the removing `steps` into those that may be sent and those that may not, each with the reason.

    A step may be sent if it was shown (or removes an exact copy of a subscription that stays), if its
    target is still what was shown, and if each (URL, event type) pair that it takes away is unwanted by
    the whole file or carried by another subscription that stays.
    """
    contents = {remote.id: remote.content for remote in current}
    wanted = frozenset(desired)
    wanted_pairs = {pair for subscription in wanted for pair in subscription.pairs()}
    carriers = Counter(pair for remote in current for pair in remote.content.pairs() if pair in wanted_pairs)
    copies = Counter(content for content in contents.values() if content in wanted)
    allowed: list[Step] = []
    blocked: list[tuple[Step, str]] = []
    for step in steps:
        if step.before is None or step.id is None:
            continue
        spare_copy = step.kind == "delete" and copies[step.before] > 1
        if contents.get(step.id) != step.before:
            blocked.append((step, "it changed after the plan was made; it was left as it is"))
        elif step not in shown and not spare_copy:
            blocked.append((step, "it appeared or changed after the plan was shown; it was left as it is"))
        elif lost := _lost(step, carriers):
            url, event_type = lost
            blocked.append((step, f"nothing else would deliver {event_type} to {url}; it was kept"))
        else:
            allowed.append(step)
            carriers.subtract(step.taken_away())
            copies[step.before] -= 1
    return allowed, blocked


def _lost(step: Step, carriers: Counter[tuple[SecretUrl, str]]) -> tuple[SecretUrl, str] | None:
    """A wanted pair that only the target of `step` carries. Unwanted pairs are not in `carriers`."""
    return next((pair for pair in step.taken_away() if carriers.get(pair) == 1), None)
