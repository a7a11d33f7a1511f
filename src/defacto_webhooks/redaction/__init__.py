"""Values that redact themselves: an API key, the URL that a subscription calls.

Defacto can't send a header of ours with a callback, so the credential is in the URL's query
(https://docs.getdefacto.com). That makes a `to_url` a secret, and this room is the only place that knows
which parts of it may be shown. Rendered text is never searched and replaced.
"""

from defacto_webhooks.redaction.known_urls import KnownUrls
from defacto_webhooks.redaction.normal_form import InvalidUrl
from defacto_webhooks.redaction.secret import MASK, Secret, keyed_fingerprint, revealed
from defacto_webhooks.redaction.suspicion import quotable
from defacto_webhooks.redaction.templates import Shown, redacted
from defacto_webhooks.redaction.url import Hidden, SecretUrl

__all__ = [
    "MASK",
    "Hidden",
    "InvalidUrl",
    "KnownUrls",
    "Secret",
    "SecretUrl",
    "Shown",
    "keyed_fingerprint",
    "quotable",
    "redacted",
    "revealed",
]
