"""A program outside of the package that uses every public name. It is type-checked, and never run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from defacto_webhooks import (
    Action,
    Change,
    Config,
    Coverage,
    Diagnostic,
    Environment,
    Exit,
    FieldChange,
    Guard,
    GuardRefused,
    InvalidConfig,
    InvalidNotification,
    ListChange,
    Notification,
    Outcome,
    Plan,
    Reason,
    RemoteSubscription,
    Report,
    Result,
    Scope,
    Secret,
    SecretUrl,
    Settings,
    Severity,
    Snippet,
    Span,
    Status,
    Step,
    Stranded,
    Subscription,
    UpdateMode,
    UrlChange,
    UserError,
    ValueChange,
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
            yield caret(diagnostic.snippet)


def wanted(path: Path, secrets: Mapping[str, str]) -> Config | None:
    try:
        return load(path, environment="production", variables=secrets)
    except InvalidConfig as invalid:
        print(*errors(invalid.diagnostics), sep="\n")
    except UserError as error:
        print(error.message, error.hint, error.exit_code is Exit.ERROR)
    return None


def hosts(subscriptions: tuple[Subscription, ...]) -> set[str]:
    urls: list[SecretUrl] = [subscription.to_url for subscription in subscriptions]
    return {url.host for url in urls}


def ids(remotes: tuple[RemoteSubscription, ...]) -> dict[str, str]:
    return {remote.id: remote.content.name for remote in remotes}


def deletes(plan: Plan) -> list[Change]:
    return [change for change in plan.changes if change.action is Action.DELETE]


def in_words(field: FieldChange) -> str:
    match field:
        case ListChange():
            return f"{field.field}: {len(field.added)} added, {len(field.removed)} removed"
        case UrlChange():
            return f"{field.field}: {hosts_of(field.before, field.after)}"
        case ValueChange():
            return f"{field.field}: {field.before} → {field.after}"


def hosts_of(*urls: SecretUrl) -> list[str]:
    return [url.host for url in urls]


def judged(plan: Plan, coverage: Coverage, settings: Settings, scope: Scope) -> list[str]:
    steps: tuple[Step, ...] = plan.steps
    stranded: tuple[Stranded, ...] = plan.stranded
    in_place = settings.update is UpdateMode.PATCH
    return [*coverage.lost, *scope.ignore, str(in_place), *(step.kind for step in steps), *map(str, stranded)]


def key_of(environment: Environment) -> Secret | None:
    return environment.api_key


def caret(snippet: Snippet | None) -> str:
    return "" if snippet is None else f"{snippet.line} {snippet.start}-{snippet.end}"


def refusals(results: list[Result]) -> Iterator[str]:
    for result in results:
        reasons: tuple[Reason, ...] = result.reasons
        yield from (f"{reason.field}: {reason.reason}" for reason in reasons)


def codes(guards: tuple[Guard, ...]) -> list[str]:
    return [guard.code for guard in guards]


def failed(report: Report) -> list[Result]:
    return [result for result in report.results if result.status is Status.FAILED]


def main() -> bool:
    config = wanted(Path("webhooks.yaml"), {"DEFACTO_API_KEY": "key"})
    if config is None:
        return False
    plan = make_plan(config, targets=["loan-*"])
    print(__version__, hosts(config.webhooks), ids(plan.unchanged), deletes(plan), key_of(config.environment))
    print(*judged(plan, plan.coverage, config.settings, config.settings.scope), config.locate("loan-closed"))
    print(*(in_words(field) for change in plan.changes for field in change.fields))
    try:
        report = apply_plan(config, plan, allow=["mass-delete"], parallelism=4)
    except GuardRefused as refused:
        print(codes(refused.guards))
        return False
    print(*(f"{result.action} {result.name}: {result.error}" for result in failed(report)))
    print(*refusals(failed(report)))
    return report.outcome is Outcome.CONVERGED and report.verified


def callback(body: bytes) -> tuple[str, str, str, str] | None:
    try:
        notification: Notification = parse_notification(body)
    except InvalidNotification as invalid:
        print(invalid.problems)
        return None
    return dedupe_key(notification)
