"""GitHub, as one CI provider among others."""

from __future__ import annotations

from typing import Final

from defacto_webhooks.ci.github.log import GitHubLog
from defacto_webhooks.ci.provider import Provider

GITHUB: Final = Provider(
    name="github",
    title="GitHub",
    variable="GITHUB_ACTIONS",
    log=GitHubLog,
    starter="starter/webhooks-workflow.yml",
    workflow=".github/workflows/webhooks.yml",
    secrets="as the secret WEBHOOKS_ENV, in the GitHub environments {environment}-plan and {environment}",
)
