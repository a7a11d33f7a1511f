"""A plan and a report that hold one of everything."""

from __future__ import annotations

from dataclasses import replace

from defacto_webhooks.apply import Outcome, Reason, Report, Result, Status
from defacto_webhooks.diagnostics import Span
from defacto_webhooks.errors import RequestError
from defacto_webhooks.events import EVENT_TYPES, expand
from defacto_webhooks.plan import Action, Plan
from defacto_webhooks.settings import Scope, Settings
from tests.accounts import plan_of, remote, subscription

LOANS = "https://hooks.example.com/defacto/loans?token="
CANARY = "C4naRy"
# What an account may hold, and what it must not do to a terminal, a table, a comment or a log.
HOSTILE = (
    "\x1b[31mred\x1b[0m\r\n::error::x\x9b2J\u202e\u2066\x00`|<!-- -->**b**@everyone #12 "
    "[l](https://evil.example) https://evil.example www.evil.example ${{ x }} $(id) $a$ <b>\x07\udc80"
)


CREDIT = ("CreditLimit.UPDATED", "CreditLine.CREATED", "CreditLine.POOL_AMOUNT_UPDATED")
FRESH = (*expand("Loan.*"), *CREDIT, "New.TYPE", "Payment.SCHEDULED")


def full(name: str = "odd") -> Plan:
    """Create, replace, rename, a twin, deletes, a guard, coverage both ways, ignored and unchanged ones."""
    account = [
        remote("1", "loans", f"{LOANS}{CANARY}1", *expand("[ILP]*"), *CREDIT),
        remote("2", "loans", f"{LOANS}{CANARY}0", "Loan.CLOSED"),
        remote("3", "old-name", f"{LOANS}{CANARY}7", "Loan.CLOSED"),
        remote("4", "billing-x", f"{LOANS}{CANARY}8", "Payment.PAID", "Foo.BAR"),
        remote("5", name, f"{LOANS}{CANARY}9", "CreditLine.CREATED"),
        remote("6", "manual-1", f"{LOANS}{CANARY}5"),
        remote("7", "same", f"{LOANS}{CANARY}6"),
    ]
    desired = [
        subscription("loans", f"{LOANS}{CANARY}2", "Loan.CLOSED", "Invoice.SUBMITTED"),
        subscription("new-name", f"{LOANS}{CANARY}7", "Loan.CLOSED"),
        subscription("fresh", f"{LOANS}{CANARY}3", *FRESH),
        subscription("same", f"{LOANS}{CANARY}6"),
    ]
    settings = Settings(scope=Scope(ignore=("manual-*",)), protect=("billing-*",))
    plan = plan_of(desired, account, settings)
    placed = [
        replace(change, location=Span("webhooks.yaml", 12, 3)) if change.desired else change
        for change in plan.changes
    ]
    return replace(plan, changes=tuple(placed))


def empty() -> Plan:
    return plan_of([subscription("a")], [remote("1", "a")])


def unmanaged() -> Plan:
    return plan_of([], [remote("1", "a")], Settings(prune=False))


def many(count: int, length: int = 8) -> Plan:
    """`count` deletes and as many creates, each with a name of `length` characters."""
    gone = [remote(str(n), f"gone-{n:0>{length}}", f"{LOANS}{n}", *EVENT_TYPES) for n in range(count)]
    wanted = [subscription(f"new-{n:0>{length}}", f"{LOANS}x{n}", *EVENT_TYPES) for n in range(count)]
    return plan_of(wanted, gone)


def partial(said: str = "the server said no") -> Report:
    cause = RequestError(said, "ask for the right to delete", status=403)
    place = Span("webhooks.yaml", 12, 13)
    reasons = (Reason("to_url", "not reachable", place), Reason("plan", "too many"))
    return Report(
        "production",
        Outcome.PARTIAL,
        verified=False,
        results=(
            Result(Action.CREATE, "a", "7", Status.DONE),
            Result(Action.DELETE, "b", "8", Status.FAILED, said, cause, reasons=reasons),
            Result(Action.DELETE, "c", "9", Status.SKIPPED, "a create failed", is_half_made=True),
            Result(Action.CREATE, "d", None, Status.UNKNOWN, "no answer came"),
        ),
        requests=6,
        may_have_changed=True,
        left=full(),
    )


def verified() -> Report:
    result = Result(Action.CREATE, "a", "7", Status.DONE)
    return Report("local", Outcome.CONVERGED, True, (result,), requests=4, may_have_changed=True)
