"""Sinks: what gets each notification that `listen` receives.

To send notifications somewhere else, write a `Forwarder` in a module here, and add its line to DESTINATIONS.
"""

from __future__ import annotations

from typing import Final

from defacto_webhooks.sinks.callback import Callback
from defacto_webhooks.sinks.forwarder import Destination
from defacto_webhooks.sinks.slack.sink import Slack

# `listen` has an option for each.
DESTINATIONS: Final[tuple[Destination, ...]] = (Callback, Slack)
