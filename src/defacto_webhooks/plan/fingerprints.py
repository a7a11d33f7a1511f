"""What was shown, as keyed digests: so that an apply can be bound to it without storing a secret."""

from __future__ import annotations

import json
from collections.abc import Iterable

from defacto_webhooks.plan.model import Step
from defacto_webhooks.redaction import Secret, keyed_fingerprint
from defacto_webhooks.subscription import Subscription


def _content(subscription: Subscription | None) -> object:
    if subscription is None:
        return None
    return [subscription.name, subscription.to_url.reveal(), subscription.event_types]


def of_step(step: Step, key: Secret) -> str:
    """The digest of one step: kind, id and unredacted contents."""
    text = json.dumps([step.kind, step.id, _content(step.before), _content(step.after)])
    return keyed_fingerprint(key, text)


def of_steps(step_fingerprints: Iterable[str], key: Secret) -> str:
    """The digest of a whole plan, in an order that depends on neither the file's nor the account's."""
    return keyed_fingerprint(key, "\n".join(sorted(step_fingerprints)))[:32]
