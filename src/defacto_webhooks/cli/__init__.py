"""The command line: the only room that prints, asks, reads the environment and knows exit codes."""

from __future__ import annotations

from defacto_webhooks.cli.errors import run

__all__ = ["run"]
