"""The CI providers that this package knows, by the variable that says which one runs us."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from defacto_webhooks.ci.github.log import GitHubLog
from defacto_webhooks.render.log import Log

_LOGS: Final[Mapping[str, type[Log]]] = {"GITHUB_ACTIONS": GitHubLog}


def log(environ: Mapping[str, str]) -> Log:
    """The log that reads what is printed."""
    return next((kind() for variable, kind in _LOGS.items() if environ.get(variable) == "true"), Log())
