"""What differs between two subscriptions, field by field."""

from __future__ import annotations

from typing import Any

from defacto_webhooks.plan.model import FieldChange, ListChange, UrlChange, ValueChange
from defacto_webhooks.redaction import Secret, SecretUrl, keyed_fingerprint
from defacto_webhooks.subscription import FIELDS, Subscription


def field_changes(before: Subscription, after: Subscription, key: Secret) -> tuple[FieldChange, ...]:
    """One change for each field that differs, in the order of the fields.

    `key` is for fingerprints of what may not be shown, so that no secret is compared in plain text.
    """
    if before == after:
        return ()
    # Takes as long to import as everything else together, and a plan without changes does without.
    from deepdiff import DeepDiff

    old, new = _comparable(before, key), _comparable(after, key)
    for field in FIELDS:  # most changes are of one field, and DeepDiff hashes what is equal, too
        if old[field] == new[field]:
            del old[field], new[field]
    differing = DeepDiff(old, new, view="tree").affected_root_keys

    def change(field: str) -> FieldChange:
        old, new = getattr(before, field), getattr(after, field)
        if isinstance(new, tuple):
            return ListChange(field, tuple(sorted({*new} - {*old})), tuple(sorted({*old} - {*new})))
        return (UrlChange if isinstance(new, SecretUrl) else ValueChange)(field, old, new)

    return tuple(change(field) for field in FIELDS if field in differing)


def _comparable(content: Subscription, key: Secret) -> dict[str, Any]:
    """Every field: lists as sets, and of a URL, however much of it may be shown, a fingerprint."""

    def comparable(value: Any) -> Any:
        if isinstance(value, SecretUrl):
            return keyed_fingerprint(key, value.reveal())
        return set(value) if isinstance(value, tuple) else value

    return {field: comparable(getattr(content, field)) for field in FIELDS}
