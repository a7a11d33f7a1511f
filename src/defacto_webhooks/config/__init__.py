"""From files to the desired state of one environment, or to diagnostics with places."""

from defacto_webhooks.config.environment import EMBEDDED, NAMELESS, Environment, Nameless
from defacto_webhooks.config.expand import Places
from defacto_webhooks.config.loader import Config, environment_names, load, load_text

__all__ = [
    "EMBEDDED",
    "NAMELESS",
    "Config",
    "Environment",
    "Nameless",
    "Places",
    "environment_names",
    "load",
    "load_text",
]
