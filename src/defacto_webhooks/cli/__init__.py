"""The command line: nothing else prints, asks, reads the environment or knows exit codes."""

from __future__ import annotations

from defacto_webhooks.cli.errors import run

__all__ = ["run"]
