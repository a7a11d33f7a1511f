"""Every output format, for every kind of value that it can show."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from defacto_webhooks.apply import Report
from defacto_webhooks.diagnostics import Diagnostic, Severity, Snippet, Span
from defacto_webhooks.errors import UserError
from defacto_webhooks.events import AS_OF, CATALOGUE, RETIRED, SOURCE
from defacto_webhooks.plan import Plan
from defacto_webhooks.plan.saved import SavedPlan, dump, load
from defacto_webhooks.render import FORMATS, formats_of, render, views
from defacto_webhooks.render.format import Syntax
from defacto_webhooks.render.style import Style
from tests.accounts import KEY, remote
from tests.render import plans

URL = f"https://hooks.example.com/defacto?token={plans.CANARY}"
ODD = plans.HOSTILE
FINDING = Diagnostic("wrong-type", Severity.ERROR, Span(ODD, 1, 1), ODD, ODD, Snippet(ODD, 0, 3))
ACCOUNT = (remote("1", "a", URL, "Loan.CLOSED"), remote("2", ODD, URL, "Loan.CLOSED", f"X.{ODD}"))


def saved(name: str) -> SavedPlan:
    plan = plans.full(name)
    return load(
        dump(plan, KEY, {format_: f"{render(plan, format_)} {ODD}" for format_ in ("text", "markdown")})
    )


VALUES: Mapping[type, list[Any]] = {
    Plan: [plans.full(), plans.full(ODD), plans.empty(), plans.many(9)],
    views.Plans: [views.Plans((plans.full(), plans.full(ODD)), {ODD: UserError(ODD, ODD)})],
    Report: [plans.partial(), plans.partial(ODD), plans.verified()],
    views.Diagnostics: [views.Diagnostics((FINDING,))],
    views.Listing: [views.Listing(ODD, ACCOUNT), views.Listing("a", ())],
    views.Catalogue: [views.Catalogue(CATALOGUE, RETIRED, SOURCE, AS_OF)],
    views.Failure: [views.Failure(UserError(ODD, ODD), {"environment": ODD})],
    views.Receivers: [views.Receivers.of(ODD, ACCOUNT)],
    SavedPlan: [saved(ODD)],
}
PAIRS = [(name, kind) for name, format_ in FORMATS.items() for kind in format_.renderers]
# What no terminal, comment or log may get from somebody else.
CONTROLS = ("\x9b", "\x07", "\x00", "\u202e", "\x1b[31mred", "\r")


@pytest.mark.parametrize(("name", "kind"), PAIRS, ids=lambda one: getattr(one, "__name__", one))
def test_every_format_shows_every_kind_whole_harmless_and_without_a_secret(name: str, kind: type) -> None:
    for value in VALUES[kind]:
        shown = render(value, name, Style(color=name == "text", width=60, unchanged=True))
        assert shown == render(value, name, Style(color=name == "text", width=60, unchanged=True))
        assert shown == shown.rstrip("\n")
        assert plans.CANARY not in shown
        assert not [control for control in CONTROLS if control in shown]
        shown.encode()
        match FORMATS[name].syntax:
            case Syntax.JSON:
                assert json.loads(shown)["format_version"] == "1.0"
            case Syntax.COMMANDS:
                assert all(re.match("::(error|warning) ", line) for line in shown.splitlines())


@pytest.mark.parametrize("name", ["text", "json", "markdown"])
def test_nothing_is_left_out(name: str) -> None:
    for value in (plans.full(), plans.partial()):
        shown = render(value, name)
        rows = value.changes if isinstance(value, Plan) else value.results
        assert all(row.name in shown for row in rows)


def test_every_kind_has_text_and_json() -> None:
    kinds = {
        kind for _, kind in inspect.getmembers(views, inspect.isclass) if kind.__module__ == views.__name__
    }
    assert kinds | {Plan, Report, SavedPlan} == set(VALUES)
    for kind in VALUES:
        assert "json" in formats_of(kind)
        assert kind is views.Failure or "text" in formats_of(kind)  # text says it on standard error


def test_a_value_of_no_kind_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        render("a string", "text")
