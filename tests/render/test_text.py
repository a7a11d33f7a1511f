"""Plans, reports and diagnostics on a terminal."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from defacto_webhooks.apply import Outcome, Report
from defacto_webhooks.diagnostics import Diagnostic, Severity, Snippet, Span
from defacto_webhooks.errors import UserError
from defacto_webhooks.events import EVENT_TYPES, expand
from defacto_webhooks.redaction.printable import width
from defacto_webhooks.render import markdown, render
from defacto_webhooks.render.style import Style
from defacto_webhooks.render.views import Diagnostics, Listing, Plans
from defacto_webhooks.render.words import folded
from tests.accounts import plan_of, remote, subscription
from tests.render import plans

COLOURS = re.compile(r"\x1b\[[0-9;]*m")

FULL = """\
Plan for test (http://127.0.0.1)

  + fresh  webhooks.yaml:12
      create: the account does not have it
      to_url       https://hooks.example.com/defacto/loans?token=***
      event_types  CreditLimit.UPDATED, CreditLine.CREATED,
                   CreditLine.POOL_AMOUNT_UPDATED, Loan.*, New.TYPE,
                   Payment.SCHEDULED

  - loans  2
      delete: a twin of 1, which is changed to match the file, with another
      to_url and event_types
      to_url       https://hooks.example.com/defacto/loans?token=***
                 → https://hooks.example.com/defacto/loans?token=*** (value changed)
      event_types  + CreditLimit.UPDATED, CreditLine.CREATED,
                     CreditLine.POOL_AMOUNT_UPDATED, Invoice.*, Loan.CANCELED,
                     Loan.DECLINED, Loan.DELETED, Loan.INITIATED,
                     Loan.ISSUE_DETECTED, Loan.PENDING_VALIDATION,
                     Loan.SCHEDULED, Loan.SUBMITTED, Loan.TO_REPAY,
                     Loan.TO_REPAY_FEES, Loan.TO_VALIDATE, Loan.VALIDATED,
                     Payment.*

+/- loans  webhooks.yaml:12
      replace: to_url differs, event_types differ
      to_url       https://hooks.example.com/defacto/loans?token=***
                 → https://hooks.example.com/defacto/loans?token=*** (value changed)
      event_types  - CreditLimit.UPDATED, CreditLine.CREATED,
                     CreditLine.POOL_AMOUNT_UPDATED, Invoice.DECLINED,
                     Invoice.DELETED, Invoice.TO_EDIT, Invoice.VERIFIED,
                     Loan.CANCELED, Loan.DECLINED, Loan.DELETED, Loan.INITIATED,
                     Loan.ISSUE_DETECTED, Loan.PENDING_VALIDATION,
                     Loan.SCHEDULED, Loan.SUBMITTED, Loan.TO_REPAY,
                     Loan.TO_REPAY_FEES, Loan.TO_VALIDATE, Loan.VALIDATED,
                     Payment.*

+/- old-name → new-name  webhooks.yaml:12
      replace: the account calls it 'old-name'

  - billing-x  4
      delete: the file does not list it
      to_url       https://hooks.example.com/defacto/loans?token=***
      event_types  Foo.BAR, Payment.PAID

  - odd  5
      delete: the file does not list it
      to_url       https://hooks.example.com/defacto/loans?token=***
      event_types  CreditLine.CREATED

Ignored (settings.scope.ignore)
    manual-1

! No longer received by anyone: Foo.BAR, Invoice.DECLINED, Invoice.DELETED,
  Invoice.TO_EDIT, Invoice.VERIFIED, Payment.CANCELED, Payment.FAILED,
  Payment.INSTRUCTED, Payment.IN_TRANSIT, Payment.PAID
  Received for the first time: New.TYPE
  'loans' exists more than once, and 2, which will be deleted, differs from 1:
  make sure that 2 is not the one in use
  2 subscriptions are replaced, the new one created before the old one is
  deleted: no event is lost, but some may arrive twice for a moment
  Foo.BAR is in the account, but in neither the built-in catalogue nor the file:
  if Defacto has added it, list it under `settings.extra_event_types`
! Refused by the guard `lost-events`: nobody would receive Foo.BAR,
  Invoice.DECLINED, Invoice.DELETED, Invoice.TO_EDIT, Invoice.VERIFIED, and 5
  more; list event types that nobody needs in `settings.unwatched`. Override it
  with `--allow lost-events`.
! Refused by the guard `protected`: would delete 'billing-x', which
  `settings.protect` forbids; edit the file to allow it. It can't be overridden.

1 to create, 2 to replace and 3 to delete; 1 unchanged, 1 ignored.
"""

PARTIAL = """\
done      + a  create
failed    - b  delete
            the server said no
            webhooks.yaml:12:13: to_url: not reachable
            plan: too many
skipped   - c  delete
            a create failed
unknown   + d  create
            no answer came

Not finished: 1 change made, 1 failed, 1 skipped, 1 unknown; 1 of these is half
done.
Ask for the right to delete.
Still to do: 1 to create, 2 to replace and 3 to delete; 1 unchanged, 1 ignored.
"""


def test_several_environments_end_with_a_line_for_each() -> None:
    full, empty = (
        replace(plans.full(), environment="production"),
        replace(plans.empty(), environment="sandbox"),
    )
    shown = render(Plans((full, empty), {"old\x1b": UserError("HTTP 401")}), "text", Style(width=200))
    assert shown.startswith(render(full, "text", Style(width=200)))
    assert "Plan for sandbox" not in shown
    assert shown.splitlines()[-4:] == [
        "All environments",
        "  production  1 to create, 2 to replace and 3 to delete; 1 unchanged, 1 ignored. "
        "Refused by lost-events, protected.",
        "  sandbox     No changes: the account matches the file (1 unchanged).",
        "  old\\x1b     no plan: HTTP 401",
    ]
    assert "Plan for sandbox" in render(Plans((empty,), {}), "text", Style(unchanged=True))


def test_a_plan_is_in_the_order_of_the_file() -> None:
    plan = plans.full()
    lines = {"fresh": 30, "loans": 20, "new-name": 10}
    moved = [
        replace(change, location=Span("webhooks.yaml", lines[change.name], 3)) if change.location else change
        for change in plan.changes
    ]
    shown = render(replace(plan, changes=tuple(moved)), "text")
    names = [line.split()[1] for line in shown.splitlines() if re.match(r" *[-+/]+ \w", line)]
    assert names == ["old-name", "loans", "loans", "fresh", "billing-x", "odd"]


def test_a_plan_with_everything() -> None:
    plan = plans.full()
    assert render(plan, "text") == f"{FULL}Fingerprint {plan.fingerprint}"


def test_colours_change_no_word() -> None:
    shown = render(plans.full(), "text", Style(color=True, width=80))
    assert COLOURS.sub("", shown) == render(plans.full(), "text")
    lost = shown.index("! No longer received by anyone")
    assert shown[:lost].endswith("\x1b[31m\x1b[1m")
    report = render(plans.partial(), "text", Style(color=True, width=80))
    assert COLOURS.sub("", report) == render(plans.partial(), "text")


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_only_what_can_not_be_broken_is_wider_than_the_terminal(columns: int) -> None:
    for shown in (
        render(plans.full(), "text", Style(width=columns, unchanged=True)),
        render(plans.partial("a long answer of the server " * 20), "text", Style(width=columns)),
    ):
        for line in shown.splitlines():
            if len(line) > columns:
                one_word = len(re.sub(r"^ *(event_types  )?([-+] )?", "", line).split()) == 1
                assert one_word or re.search(r"https://|Fingerprint|webhooks\.yaml:", line), line
    if columns == 200:
        assert max(map(len, render(plans.full(), "text", Style(width=200)).splitlines())) > 150


def test_a_plan_without_changes_is_one_sentence() -> None:
    assert render(plans.empty(), "text") == (
        "Plan for test (http://127.0.0.1)\n\nNo changes: the account matches the file (1 unchanged)."
    )
    assert "Unchanged\n    a\n" in render(plans.empty(), "text", Style(unchanged=True))


def test_a_guard_with_an_override_says_it_exactly() -> None:
    shown = render(plan_of([], [remote("1", "a")]), "text", Style(width=200))
    assert (
        "! Refused by the guard `delete-all`: would delete the only subscription in scope. "
        "Override it with `--allow delete-all`." in shown
    )


def test_reports() -> None:
    plan = plans.full()
    expected = f"{PARTIAL}Fingerprint of what is left: {plan.fingerprint}"
    assert render(plans.partial(), "text") == expected
    assert render(plans.verified(), "text", Style(width=90)) == (
        "done      + a  create\n\nDone and verified: 1 change made; the account now matches the file."
    )


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_words(outcome: Outcome) -> None:
    for changed in (False, True):
        report = Report("local", outcome, False, (), 1, changed)
        assert render(report, "text").endswith(".")
        if changed and outcome is Outcome.INTERRUPTED:
            assert "before anything was changed" not in render(report, "text")


def test_the_account() -> None:
    assert render(Listing("test", ()), "text") == "The account has no webhook subscriptions."
    account = Listing("test", (remote("7", "a", "https://h.example.com/x?t=1", *EVENT_TYPES),))
    assert render(account, "text") == (
        "a  7\n    to_url       https://h.example.com/x?t=***\n    event_types  *\n\n1 subscription."
    )
    assert "https://h.example.com/x?t=1\n" in render(account._replace(reveal=True), "text")


@pytest.mark.parametrize(
    ("event_types", "shown"),
    [
        (EVENT_TYPES, ["*"]),
        ([*EVENT_TYPES, "Loan.NEW"], ["*", "Loan.NEW"]),
        ([e for e in EVENT_TYPES if e[:5] in ("Invoi", "Payme") or e == "Loan.CLOSED"],
            ["Invoice.*", "Loan.CLOSED", "Payment.*"]),
        ([e for e in EVENT_TYPES if e.startswith("Loan.")], ["Loan.*"]),
        (["CreditLine.CREATED", "CreditLine.POOL_AMOUNT_UPDATED"],) * 2,
        ([], []),
    ],
)  # fmt: skip
def test_a_list_is_folded_only_where_a_glob_says_the_same(event_types: list[str], shown: list[str]) -> None:
    assert folded(event_types) == shown


def diagnostic(source_line: str, column: int, end_column: int = 0, **more: str) -> Diagnostic:
    span = Span("webhooks.yaml", 12, column, end_column)
    snippet = Snippet(source_line, column - 1, max(column, end_column - 1))
    return Diagnostic("wrong-type", Severity.ERROR, span, "is no name", snippet=snippet, **more)


def test_a_diagnostic_points_at_its_place() -> None:
    one = diagnostic("  name: [a]", 9, 12, hint="write a word")
    assert render(Diagnostics((one,)), "text") == (
        "webhooks.yaml:12:9: error[wrong-type]: is no name\n"
        "   12 |   name: [a]\n"
        "      |         ^^^\n"
        "      = write a word"
    )


@pytest.mark.parametrize(
    ("source_line", "column", "end_column", "marked"),
    [
        ("name: x", 7, 8, "x"),
        ("name: x", 7, 0, "x"),
        ("name: xyz", 7, 0, "x"),  # where it ends is not known
        ("name: x", 99, 0, ""),
        ("名前: xy", 5, 7, "xy"),
        ("name:\tx", 7, 8, "x"),
        ("a: 名前", 4, 6, "名前"),
        ("e\u0301: xy", 5, 7, "xy"),
    ],
)
def test_the_caret_stands_below_what_it_marks(
    source_line: str, column: int, end_column: int, marked: str
) -> None:
    shown = render(Diagnostics((diagnostic(source_line, column, end_column),)), "text").splitlines()
    line, carets = (row[8:] for row in shown[1:])
    before = carets.index("^")
    assert carets.count("^") == max(1, width(marked))
    if marked:
        start = next(
            n for n in range(len(line) + 1) if width(line[:n]) >= before and line[n:].startswith(marked)
        )
        assert width(line[:start]) == before


def test_event_types_are_folded_as_an_export_folds_them() -> None:
    lines = expand("CreditLine.*")
    plan = plan_of([subscription("a", "https://h.example.com/", *lines, "Loan.CLOSED")], [])
    for text in (render(plan, "text"), render(plan, "markdown").replace("&#42;", "*").replace("code>", "")):
        assert "CreditLine.*" in text
        assert lines[0] not in text
    assert markdown.sentence("`prune` is off") in render(plans.unmanaged(), "markdown")
