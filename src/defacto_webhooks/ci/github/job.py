"""What the commands of the action share."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from defacto_webhooks.ci import report
from defacto_webhooks.ci.github.api import GitHub
from defacto_webhooks.ci.github.event import Event, PullRequest
from defacto_webhooks.ci.github.inputs import Inputs
from defacto_webhooks.ci.github.runner import Runner
from defacto_webhooks.ci.review import Proposal
from defacto_webhooks.config import (
    EMBEDDED,
    NAMELESS,
    Config,
    Environment,
    default_environment,
    environment_names,
    load,
)
from defacto_webhooks.diagnostics import Severity
from defacto_webhooks.errors import UserError, explained
from defacto_webhooks.hosts import is_loopback
from defacto_webhooks.plan import Action, Plan
from defacto_webhooks.redaction import Secret, SecretUrl
from defacto_webhooks.redaction.printable import code
from defacto_webhooks.render import markdown, render, words
from defacto_webhooks.session import plan_account
from defacto_webhooks.signals import Interrupts, Signals


class Planned(NamedTuple):
    """A plan, the file that it is for, and the API key that its fingerprints are made with."""

    plan: Plan
    config: Config
    key: Secret


@dataclass(frozen=True)
class Job:
    """One run of the action. `environ` is where the variables of the file come from."""

    inputs: Inputs
    event: Event
    runner: Runner
    github: GitHub
    environ: Mapping[str, str] = field(repr=False)
    interrupts: Interrupts = field(repr=False)

    def load(self, environment: str | None = None, *, offline: bool = False) -> Config:
        """What the files want of `environment`; `offline`, without key and variables. Raises UserError."""
        return load(
            self.inputs.config,
            environment=environment,
            environ=self.environ,
            check_only=offline,
            without_variables=offline,
        )

    def environment(self) -> str | None:
        """The one that is meant; None: the file has none. Raises UserError."""
        asked = self.inputs.environment
        if environment_names(self.inputs.config):
            return asked or default_environment(self.inputs.config)
        if asked not in ("", NAMELESS):  # what `validate` calls the account of such a file
            raise no_environments([asked])
        return None

    def plan(self, environment: str | None) -> Planned:
        """Read the account and plan, show it in the log and set the outputs. Raises UserError."""
        config = self.load(environment)
        self.runner.diagnostics(config.diagnostics)
        _check_key(config.environment)
        plan, key = Signals(self.runner.note).run(plan_account(config, say=self.runner.note))
        self.runner.group(f"Plan for {plan.environment}: {words.summary(plan)}", plan)
        self._set_outputs(plan)
        return Planned(plan, config, key)

    def marker(self, environment: str) -> str:
        """The first line of the comment about the plan, and of the issue about drift."""
        return report.marker(self.inputs.key(environment))

    def status_context(self, environment: str) -> str:
        """The name of the commit status: the check that a branch rule can require."""
        return f"webhooks plan: {self.inputs.key(environment)}"

    def proposal(self, pull_request: PullRequest, planned: Planned) -> Proposal:
        """What a note is about: whole, as nothing of it can be read off a MAC."""
        url = planned.config.environment.api_url
        return Proposal(
            self.event.repository,
            pull_request.number,
            pull_request.head,
            planned.plan.environment,
            url.reveal() if isinstance(url, SecretUrl) else EMBEDDED,
        )

    def tell_page(self, text: Callable[[], str]) -> None:
        """On the page of the run, what the job came to. Where that fails, a warning is all that changes."""
        self._tell("The summary", lambda: self.runner.summary(text()))

    def tell_comment(self, write: Callable[[], None]) -> None:
        """The same in a comment, which takes as long as GitHub does: a signal ends it."""
        self._tell("The comment", write, is_slow=True)

    def tell_log(self, value: object) -> None:
        """The same in the log."""
        self._tell("The log", lambda: self.runner.show(value))

    def _tell(self, what: str, work: Callable[[], None], *, is_slow: bool = False) -> None:
        error = self.interrupts.attempt(work, is_slow=is_slow)
        if error is None:
            return
        why = "interrupted" if isinstance(error, KeyboardInterrupt) else _in_brief(explained(error))
        self.interrupts.attempt(  # the log itself may be what can't be written
            lambda: self.runner.annotate(Severity.WARNING, f"{what} was not written: {why}")
        )

    def by_hand(self, plan: Plan, workflow: str, allow: Sequence[str] = ()) -> str:
        """How to apply exactly this plan, as Markdown."""
        command = ["gh", "workflow", "run", workflow]
        command += ["-f", f"environment={plan.environment}", "-f", f"fingerprint={plan.fingerprint}"]
        if allow:
            command += ["-f", f"allow={' '.join(allow)}"]
        page = f"{self.event.repository_url}/actions/workflows/{workflow}"
        return f"start [the workflow]({page}) by hand with its fingerprint, {code(shlex.join(command))}."

    def _set_outputs(self, plan: Plan) -> None:
        values: dict[str, object] = {
            "changes": str(not plan.is_empty).lower(),
            "fingerprint": plan.fingerprint,
            **{f"to_{action.value}": plan.count(action) for action in Action},
            "plan-json": self.runner.keep(f"webhooks-{plan.environment}.json", render(plan, "json") + "\n"),
            "plan-markdown": self.runner.keep(f"webhooks-{plan.environment}.md", markdown.plan(plan) + "\n"),
        }
        for name, value in values.items():
            self.runner.output(name, str(value))


def no_environments(meant: Sequence[str]) -> UserError:
    """About a file without environments, where the workflow says which of them are `meant`."""
    return UserError(
        f"the file has no `environments:`, but the workflow names {', '.join(meant)}",
        "add them to the file; or, in the workflow, leave the inputs that name them empty",
    )


def _in_brief(error: UserError) -> str:
    return f"{error.message} ({error.hint})" if error.hint else error.message


def _check_key(environment: Environment) -> None:
    """Whoever edits the file does not choose the account: Defacto gives anybody one. Raises UserError.

    It can't be a diagnostic, as a comment in the file may ignore that.
    """
    url = environment.api_url
    if environment.has_written_key and isinstance(url, SecretUrl) and not is_loopback(url.host):
        raise UserError(
            f"the whole api_key of {environment.name} has to come from a secret of the environment",
            "no part of it may be in the file: write `api_key: ${NAME}`, and put NAME=KEY into that secret",
        )
