"""What the commands of the action share: the files, the account, the plan, and where results go."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from defacto_webhooks.ci.github.api import GitHub
from defacto_webhooks.ci.github.inputs import Inputs, Run
from defacto_webhooks.ci.github.runner import Runner
from defacto_webhooks.cli.console import Console
from defacto_webhooks.cli.loading import environment_names, load_config
from defacto_webhooks.cli.options import Where
from defacto_webhooks.config import NAMELESS
from defacto_webhooks.errors import UserError
from defacto_webhooks.plan import Plan
from defacto_webhooks.plan.document import plan_document
from defacto_webhooks.render import markdown, render, words
from defacto_webhooks.session import open_session
from defacto_webhooks.signals import Signals


@dataclass(frozen=True)
class Job:
    """One run of the action."""

    inputs: Inputs
    run: Run
    runner: Runner
    github: GitHub
    console: Console

    def where(self, environment: str | None = None) -> Where:
        return Where(self.inputs.config, environment, None, (), "never", debug=False)

    def environment(self) -> tuple[str, Where]:
        """The one environment that is meant. Raises UserError."""
        names = environment_names(self.where())
        if not names:
            if self.inputs.environment not in {"", NAMELESS}:
                raise UserError("the file has no `environments:`", "leave out the input `environment`")
            return NAMELESS, self.where()
        if self.inputs.environment:
            return self.inputs.environment, self.where(self.inputs.environment)
        chosen = load_config(self.where(), check_only=True, without_variables=True).environment.name
        return chosen, self.where(chosen)

    def plan(self, where: Where) -> Plan:
        """Read the account and plan, show it in the log and set the outputs. Raises UserError."""
        config = load_config(where)
        self.console.diagnostics(config.diagnostics)

        async def work() -> Plan:
            async with open_session(config) as session:
                return await session.first_plan()

        plan = Signals(self.console.note).run(work())
        with self.console.group(f"Plan for {plan.environment}: {words.summary(plan)}"):
            self.console.note(render(plan, "text", self.console.style()))
        self._set_outputs(plan)
        return plan

    def _set_outputs(self, plan: Plan) -> None:
        document = plan_document(plan)
        paths: dict[str, Path] = {
            "plan-json": self.runner.keep(f"webhooks-{plan.environment}.json", render(plan, "json") + "\n"),
            "plan-markdown": self.runner.keep(f"webhooks-{plan.environment}.md", markdown.plan(plan) + "\n"),
        }
        counts = {
            f"to_{action}": document["summary"][action]
            for action in ("create", "replace", "update", "delete")
        }
        values = {
            "changes": str(not plan.is_empty).lower(),
            "fingerprint": plan.fingerprint,
            **counts,
            **paths,
        }
        for name, value in values.items():
            self.runner.output(name, str(value))
