"""Workflow commands: GitHub's escapes, and at most ten of them."""

from __future__ import annotations

import pytest

from defacto_webhooks.diagnostics import Diagnostic, Severity, Span
from defacto_webhooks.render import render
from defacto_webhooks.render.views import Diagnostics
from tests.render.plans import HOSTILE


def annotated(*found: Diagnostic) -> str:
    return render(Diagnostics(found), "github")


def diagnostic(number: int, severity: Severity = Severity.ERROR, **more: str) -> Diagnostic:
    texts = {"code": "wrong-type", "message": "is no name", "hint": "", **more}
    code, message, hint = texts["code"], texts["message"], texts["hint"]
    return Diagnostic(code, severity, Span("webhooks.yaml", number, 3), message, hint)


def test_an_annotation() -> None:
    assert annotated(diagnostic(2, hint="write a word")) == (
        "::error file=webhooks.yaml,line=2,col=3,title=wrong-type::is no name (write a word)"
    )
    assert annotated() == ""


def test_escapes() -> None:
    odd = Diagnostic("a:b,c%", Severity.WARNING, Span("a,b:c%.yaml", 1, 1), "50% of a:b,c")
    assert annotated(odd) == (
        "::warning file=a%2Cb%3Ac%25.yaml,line=1,col=1,title=a%3Ab%2Cc%25::50%25 of a:b,c"
    )


def test_a_hostile_message_stays_on_its_line() -> None:
    shown = annotated(diagnostic(1, message=HOSTILE, hint=HOSTILE, code=HOSTILE))
    assert len(shown.splitlines()) == 1
    assert shown.isprintable()
    assert ",title=" in shown.split("::")[1]


@pytest.mark.parametrize("count", [9, 10, 11, 40])
def test_at_most_ten_errors_first(count: int) -> None:
    found = [diagnostic(n, Severity.WARNING) for n in range(count)] + [diagnostic(99)]
    shown = annotated(*found).splitlines()
    assert len(shown) == min(count + 1, 10)
    assert shown[0].startswith("::error file=webhooks.yaml,line=99,")
    if count > 9:
        assert shown[-1].startswith(f"::warning title=defacto-webhooks::{count - 8} more findings")


def test_more_errors_than_fit_are_an_error() -> None:
    shown = annotated(*(diagnostic(n) for n in range(12))).splitlines()
    assert shown[-1].startswith("::error title=defacto-webhooks::3 more findings")
