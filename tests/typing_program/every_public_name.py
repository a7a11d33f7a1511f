"""A program outside of the package that uses every public name. It is type-checked, and never run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from defacto_webhooks import (
    Action,
    Change,
    Config,
    Diagnostic,
    Guard,
    GuardRefused,
    InvalidConfig,
    InvalidNotification,
    Notification,
    Outcome,
    Plan,
    RemoteSubscription,
    Report,
    Result,
    SecretUrl,
    Severity,
    Span,
    Status,
    Subscription,
    UserError,
    __version__,
    apply_plan,
    dedupe_key,
    load,
    make_plan,
    parse_notification,
)


def place(span: Span) -> tuple[str, int, int]:
    return span.file, span.line, span.column


def errors(diagnostics: tuple[Diagnostic, ...]) -> Iterator[str]:
    for diagnostic in diagnostics:
        if diagnostic.severity is Severity.ERROR:
            yield f"{place(diagnostic.span)} {diagnostic.code}: {diagnostic.message} {diagnostic.hint}"


def wanted(path: Path, secrets: Mapping[str, str]) -> Config | None:
    try:
        return load(path, environment="production", variables=secrets)
    except InvalidConfig as invalid:
        print(*errors(invalid.diagnostics), sep="\n")
    except UserError as error:
        print(error.message, error.hint, int(error.exit_code))
    return None


def hosts(subscriptions: tuple[Subscription, ...]) -> set[str]:
    urls: list[SecretUrl] = [subscription.to_url for subscription in subscriptions]
    return {url.host for url in urls}


def ids(remotes: tuple[RemoteSubscription, ...]) -> dict[str, str]:
    return {remote.id: remote.content.name for remote in remotes}


def deletes(plan: Plan) -> list[Change]:
    return [change for change in plan.changes if change.action is Action.DELETE]


def codes(guards: tuple[Guard, ...]) -> list[str]:
    return [guard.code for guard in guards]


def failed(report: Report) -> list[Result]:
    return [result for result in report.results if result.status is Status.FAILED]


def main() -> bool:
    config = wanted(Path("webhooks.yaml"), {"DEFACTO_API_KEY": "key"})
    if config is None:
        return False
    plan = make_plan(config, targets=["loan-*"])
    print(__version__, hosts(config.webhooks), ids(plan.unchanged), deletes(plan))
    try:
        report = apply_plan(config, plan, allow=["mass-delete"], parallelism=4)
    except GuardRefused as refused:
        print(codes(refused.guards))
        return False
    print(*(f"{result.action} {result.name}: {result.error}" for result in failed(report)))
    return report.outcome is Outcome.CONVERGED and report.verified


def callback(body: bytes) -> tuple[str, str, str, str] | None:
    try:
        notification: Notification = parse_notification(body)
    except InvalidNotification as invalid:
        print(invalid.problems)
        return None
    return dedupe_key(notification)
