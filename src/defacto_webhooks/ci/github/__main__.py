"""`python -m defacto_webhooks.ci.github`: what `action.yml` starts."""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from defacto_webhooks.ci.github.api import GitHub
from defacto_webhooks.ci.github.apply import apply
from defacto_webhooks.ci.github.drift import drift
from defacto_webhooks.ci.github.event import Event
from defacto_webhooks.ci.github.inputs import Inputs
from defacto_webhooks.ci.github.job import Job
from defacto_webhooks.ci.github.plan import plan
from defacto_webhooks.ci.github.runner import Runner
from defacto_webhooks.ci.github.validate import validate
from defacto_webhooks.config.env_file import parse_env
from defacto_webhooks.errors import Exit, UserError, explained
from defacto_webhooks.signals import Interrupts

_COMMANDS: Final[Mapping[str, Callable[[Job], int | None]]] = {
    "validate": validate,
    "plan": plan,
    "apply": apply,
    "drift": drift,
}


def main(variables: Mapping[str, str]) -> int:
    """Run the command that the variables ask for; its exit code."""
    runner, interrupts = Runner(variables), Interrupts()
    interrupts.listen()
    try:
        inputs = Inputs.of(variables)
        command = _COMMANDS.get(inputs.command)
        if command is None:
            known = ", ".join(_COMMANDS)
            raise UserError(f"the input `command` is {inputs.command!r}", f"write one of: {known}")
        event = Event.of(variables, _payload(variables))
        environ = {**parse_env(inputs.env_file.reveal(), "the input env-file"), **variables}
        with GitHub(event.api_url, event.repository, inputs.token, inputs.bot) as github:
            return command(Job(inputs, event, runner, github, environ, interrupts)) or Exit.DONE
    except (Exception, KeyboardInterrupt) as error:
        failure = explained(error)
        interrupts.attempt(lambda: runner.error(failure))
        return failure.exit_code


def _payload(variables: Mapping[str, str]) -> Mapping[str, object]:
    path = variables.get("GITHUB_EVENT_PATH")
    if not path:
        return {}
    try:
        payload = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        payload = None
    if not isinstance(payload, dict):
        raise UserError(f"the event file {path} is not a JSON object", "the runner writes it")
    return payload


if __name__ == "__main__":
    gc.set_threshold(200_000)  # as the command's `main` does, and says why
    sys.exit(main(os.environ))
