"""The only door to the Defacto API."""

from defacto_webhooks.api.client import DefactoApi, Timing

__all__ = ["DefactoApi", "Timing"]
