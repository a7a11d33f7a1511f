"""Values that redact themselves: an API key, and the URL that a subscription calls.

Defacto can't send a header of ours with a callback, so the credential stands in the URL's query
(https://docs.getdefacto.com). A `to_url` is a secret therefore, and this room is the only place
that knows which parts of it may be shown. Rendered text is never searched and replaced.
"""

from defacto_webhooks.redaction.normal_form import InvalidUrl
from defacto_webhooks.redaction.quoting import quotable
from defacto_webhooks.redaction.templates import Shown, redacted
from defacto_webhooks.redaction.url import Hidden, SecretUrl
from defacto_webhooks.redaction.values import MASK, Piece, Secret, keyed_fingerprint

__all__ = [
    "MASK",
    "Hidden",
    "InvalidUrl",
    "Piece",
    "Secret",
    "SecretUrl",
    "Shown",
    "keyed_fingerprint",
    "quotable",
    "redacted",
]
