"""What was shown, as keyed digests: so that an apply can be bound to it without storing a secret."""

from __future__ import annotations

import json
from collections.abc import Iterable

from defacto_webhooks.plan.model import Step
from defacto_webhooks.redaction import Secret, SecretUrl, keyed_fingerprint


def of_step(step: Step, key: Secret) -> str:
    """The digest of one step: kind, id and unredacted contents."""
    before, after = (content and content.document(reveal=True) for content in (step.before, step.after))
    return keyed_fingerprint(key, json.dumps([step.kind, step.id, before, after]))


def of_account(api_url: SecretUrl | str, key: Secret) -> str:
    """The digest of where a plan goes, with what is not shown of it."""
    return keyed_fingerprint(key, api_url.reveal() if isinstance(api_url, SecretUrl) else api_url)


def of_plan(environment: str, api_url: SecretUrl | str, steps: Iterable[str], key: Secret) -> str:
    """The digest of a whole plan from those of its steps, in whatever order the file and the account are."""
    return keyed_fingerprint(key, json.dumps([environment, of_account(api_url, key), sorted(steps)]))[:32]
