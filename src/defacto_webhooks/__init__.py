"""Webhook subscriptions of a Defacto account, kept as code."""

__version__ = "0.1.0"
