"""The only door to the Defacto API."""

from defacto_webhooks.api.client import DefactoApi
from defacto_webhooks.api.retry import Timing

__all__ = ["DefactoApi", "Timing"]
