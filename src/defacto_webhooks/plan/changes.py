"""What differs between two subscriptions, field by field."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from defacto_webhooks.plan.model import FieldChange, ListChange, UrlChange, ValueChange
from defacto_webhooks.redaction import Secret, SecretUrl, keyed_fingerprint
from defacto_webhooks.subscription import FIELDS, Subscription


def field_changes(before: Subscription, after: Subscription, key: Secret) -> tuple[FieldChange, ...]:
    """One change for each field that differs, in the order of the fields.

    `key` is for fingerprints of what may not be shown, so that no secret is compared in plain text.
    """
    # Takes as long to import as everything else together, and a plan without changes does without.
    from deepdiff import DeepDiff

    added, removed = defaultdict[str, list[Any]](list), defaultdict[str, list[Any]](list)
    differing = set()
    old, new = _comparable(before, key), _comparable(after, key)
    for field in FIELDS:  # most changes are of one field, and DeepDiff hashes what is equal, too
        if old[field] == new[field]:
            del old[field], new[field]
    for kind, differences in DeepDiff(old, new, view="tree").items():
        for difference in differences:
            field = difference.path(output_format="list")[0]
            differing.add(field)
            if kind == "set_item_added":
                added[field].append(difference.t2)
            elif kind == "set_item_removed":
                removed[field].append(difference.t1)

    def change(field: str) -> FieldChange:
        old, new = getattr(before, field), getattr(after, field)
        if isinstance(new, tuple):
            return ListChange(field, tuple(sorted(added[field])), tuple(sorted(removed[field])))
        return (UrlChange if isinstance(new, SecretUrl) else ValueChange)(field, old, new)

    return tuple(change(field) for field in FIELDS if field in differing)


def _comparable(content: Subscription, key: Secret) -> dict[str, Any]:
    """Its document, with lists as sets, and of what is redacted a fingerprint, however much may be shown."""
    comparable: dict[str, Any] = {}
    for field, shown in content.document().items():
        value = getattr(content, field)
        if isinstance(value, SecretUrl):
            comparable[field] = keyed_fingerprint(key, value.reveal())
        else:
            comparable[field] = set(shown) if isinstance(shown, list) else shown
    return comparable
