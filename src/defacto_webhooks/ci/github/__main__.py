"""`python -m defacto_webhooks.ci.github`: what `action.yml` starts."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from defacto_webhooks.ci.github.api import GitHub
from defacto_webhooks.ci.github.apply import apply
from defacto_webhooks.ci.github.drift import drift
from defacto_webhooks.ci.github.inputs import Inputs, Run
from defacto_webhooks.ci.github.job import Job
from defacto_webhooks.ci.github.plan import plan
from defacto_webhooks.ci.github.runner import Runner
from defacto_webhooks.ci.github.validate import validate
from defacto_webhooks.cli.boundary import tell
from defacto_webhooks.cli.console import Console
from defacto_webhooks.diagnostics import Severity
from defacto_webhooks.errors import UserError, explained

COMMANDS = {"validate": validate, "plan": plan, "apply": apply, "drift": drift}


def main(variables: Mapping[str, str]) -> int:
    """Run the command that the variables ask for; its exit code."""
    console = Console("never")
    try:
        inputs = Inputs.of(variables)
        command = COMMANDS.get(inputs.command)
        if command is None:
            known = ", ".join(COMMANDS)
            raise UserError(f"the input `command` is {inputs.command!r}", f"write one of: {known}")
        run = Run.of(variables, _payload(variables))
        github = GitHub(run.repository, inputs.bot, _for_gh(variables))
        return command(Job(inputs, run, Runner(variables), github, console))
    except (Exception, KeyboardInterrupt) as error:
        failure = explained(error)
        console.annotate(Severity.ERROR, failure.message)
        tell(failure, console)
        return failure.exit_code


def _payload(variables: Mapping[str, str]) -> Mapping[str, object]:
    path = variables.get("GITHUB_EVENT_PATH")
    if not path:
        return {}
    payload = json.loads(Path(path).read_text(encoding="utf-8"))
    return payload if isinstance(payload, dict) else {}


_OF_GH = re.compile(r"PATH|HOME|LANG|TMPDIR|(GH|GITHUB|XDG|SSL)_.*|(https?|no)_proxy", re.IGNORECASE)


def _for_gh(variables: Mapping[str, str]) -> Mapping[str, str]:
    """What `gh` needs, and nothing of the Defacto account. The server's name says which GitHub is meant."""
    host = urlsplit(variables.get("GITHUB_SERVER_URL", "")).hostname or "github.com"
    token = variables.get("GH_TOKEN", "")
    needed = {name: value for name, value in variables.items() if _OF_GH.fullmatch(name)}
    return {"GH_HOST": host, "GH_ENTERPRISE_TOKEN": token, "GH_PROMPT_DISABLED": "1", **needed}


if __name__ == "__main__":
    sys.exit(main(os.environ))
