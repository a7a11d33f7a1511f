"""What was shown, as keyed digests: so that an apply can be bound to it without storing a secret."""

from __future__ import annotations

import json
from collections.abc import Iterable

from defacto_webhooks.plan.model import Step
from defacto_webhooks.redaction import Secret, keyed_fingerprint


def of_step(step: Step, key: Secret) -> str:
    """The digest of one step: kind, id and unredacted contents."""
    before, after = (content and content.document(reveal=True) for content in (step.before, step.after))
    return keyed_fingerprint(key, json.dumps([step.kind, step.id, before, after]))


def of_steps(step_fingerprints: Iterable[str], key: Secret) -> str:
    """The digest of a whole plan, in an order that depends on neither the file's nor the account's."""
    return keyed_fingerprint(key, "\n".join(sorted(step_fingerprints)))[:32]
