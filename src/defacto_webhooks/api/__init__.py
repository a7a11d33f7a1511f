"""The only door to the Defacto API."""

from defacto_webhooks.api.client import DefactoApi, Timing, is_loopback

__all__ = ["DefactoApi", "Timing", "is_loopback"]
