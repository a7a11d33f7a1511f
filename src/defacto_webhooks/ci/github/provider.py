"""GitHub, as one CI provider among others.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import re
from typing import Final

from defacto_webhooks.ci.provider import Log, Provider
from defacto_webhooks.render import render
from defacto_webhooks.render.format import Syntax
from defacto_webhooks.render.github import command
from defacto_webhooks.render.views import Diagnostics


class GitHubLog(Log):
    """The runner takes some lines for commands: that fold groups, or show annotations on the page of the run
    and in the changed files.
    """

    def harmless(self, text: str, syntax: Syntax = Syntax.WORDS, /) -> str:
        """The runner takes lines that begin with `::`, whatever spaces stand before, for commands, and
        the older `##[` anywhere in a line (actions/runner, ActionCommand.cs).
        """
        if syntax is Syntax.COMMANDS:
            return text
        if syntax is Syntax.JSON:  # where both can only be in strings, and no line begins with one
            return text.replace("##[", "#\\u0023[")
        lines = (re.sub(r"^(\s*)::", r"\1\\::", each) for each in text.split("\n"))
        return "\n".join(lines).replace("##[", "#\\#[")

    def group(self, title: str, text: str, /) -> str:
        return "\n".join([command("group", title), self.harmless(text), command("endgroup")])

    def findings(self, findings: Diagnostics, /) -> str:
        return render(findings, "github")


GITHUB: Final = Provider(
    name="github",
    title="GitHub",
    variable="GITHUB_ACTIONS",
    log=GitHubLog,
    starter="starter/webhooks-workflow.yml",
    workflow=".github/workflows/webhooks.yml",
    secrets="as the secret WEBHOOKS_ENV, in the GitHub environments {environment}-plan and {environment}",
)
