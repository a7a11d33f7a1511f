"""From files to the desired state of one environment, or to diagnostics with places."""

from defacto_webhooks.config.account import Environment
from defacto_webhooks.config.loader import Config, default_environment, environment_names, load, load_text
from defacto_webhooks.settings import EMBEDDED, NAMELESS, Nameless

__all__ = [
    "EMBEDDED",
    "NAMELESS",
    "Config",
    "Environment",
    "Nameless",
    "default_environment",
    "environment_names",
    "load",
    "load_text",
]
