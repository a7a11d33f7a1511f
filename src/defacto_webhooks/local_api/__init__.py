"""The local Defacto API: an ASGI app on an SQLite file, without account, key or internet.

It knows nothing of the client in this package, so that a mistake there can't hide in here.
"""

from __future__ import annotations

from defacto_webhooks.local_api.deliveries import Delivery
from defacto_webhooks.local_api.endpoints import EMBEDDED_KEY
from defacto_webhooks.local_api.local_api import LocalApi

__all__ = ["EMBEDDED_KEY", "Delivery", "LocalApi"]
