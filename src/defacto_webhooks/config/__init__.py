"""From files to the desired state of one environment, or to diagnostics with places."""

from defacto_webhooks.config.environments import EMBEDDED, Environment
from defacto_webhooks.config.expand import Places
from defacto_webhooks.config.loader import Config, load

__all__ = ["EMBEDDED", "Config", "Environment", "Places", "load"]
