"""The CI providers that there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from defacto_webhooks.ci.github.provider import GITHUB
from defacto_webhooks.ci.provider import Log, Provider

# The first is the one that `init` writes a workflow for if nobody names one.
PROVIDERS: Final[tuple[Provider, ...]] = (GITHUB,)


def log(environ: Mapping[str, str]) -> Log:
    """The log that reads what is printed."""
    return next((each.log() for each in PROVIDERS if environ.get(each.variable) == "true"), Log())
