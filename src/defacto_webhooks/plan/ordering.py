"""Which requests carry a change out, so that no wanted event goes missing.

Creates and patches are sent first, deletes once a read has shown all of them, and within both everything
at the same time. So a patch may take nothing away that the file wants, unless a subscription that no
request touches delivers it all along.
"""

from __future__ import annotations

from collections.abc import Collection

from defacto_webhooks.plan.model import Step
from defacto_webhooks.settings import UpdateMode
from defacto_webhooks.subscription import Pair, RemoteSubscription, Subscription


def create(desired: Subscription) -> Step:
    return Step("create", None, None, desired)


def delete(existing: RemoteSubscription) -> Step:
    return Step("delete", existing.id, existing.content, None)


def patch(existing: RemoteSubscription, desired: Subscription) -> Step:
    return Step("patch", existing.id, existing.content, desired)


def bring_in_line(
    existing: RemoteSubscription, desired: Subscription, mode: UpdateMode, irreplaceable: Collection[Pair]
) -> tuple[Step, ...]:
    """One PATCH where `mode` asks for it and it takes none of the `irreplaceable` pairs away, else a replace.

    Irreplaceable is what the file wants and no subscription delivers that stays as it is.
    """
    in_place = patch(existing, desired)
    if mode is UpdateMode.PATCH and in_place.taken_away().isdisjoint(irreplaceable):
        return (in_place,)
    return create(desired), delete(existing)
