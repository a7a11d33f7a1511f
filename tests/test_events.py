"""The catalogue, against Defacto's published reference, and what globs and misspelt names come to."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from defacto_webhooks.events import (
    CATALOGUE,
    EVENT_TYPES,
    RETIRED,
    entity_slug,
    expand,
    glob,
    has_event_type_shape,
    is_retired,
    split,
    status_slug,
    suggest,
    unlisted,
    unlisted_note,
)
from tests.reference import SCHEMAS


@pytest.mark.parametrize("schema", ["CreateWebhook", "Webhook", "Webhook1"])
def test_the_catalogue_is_that_of_the_reference(schema: str) -> None:
    assert sorted(EVENT_TYPES) == sorted(SCHEMAS[schema]["properties"]["event_types"]["items"]["enum"])


def test_every_type_says_what_it_means() -> None:
    for known in (*CATALOGUE, *RETIRED):
        assert has_event_type_shape(known.name)
        assert known.name in (f"{known.entity}.{known.status}", f"{known.entity}{known.status}")
        assert known.meaning
        assert known.meaning[0].islower()


@pytest.mark.parametrize(
    ("pattern", "count"),
    [("*", 32), ("Loan.*", 13), ("Payment.*", 6), ("Invoice.*", 5), ("BorrowerFinancialProduct*", 2),
     ("*.DELETED", 2), ("*Created", 1), ("Loan.OVERDUE", 0), ("loan.*", 0), ("Loan", 0)],
)  # fmt: skip
def test_what_a_glob_stands_for(pattern: str, count: int) -> None:
    assert len(expand(pattern)) == count


def test_no_glob_stands_for_a_retired_type() -> None:
    for retired in RETIRED:
        assert is_retired(retired.name)
        known = (*EVENT_TYPES, retired.name)
        assert expand("*", known) == EVENT_TYPES
        assert retired.name not in expand(glob(retired.name), known)
        assert expand(retired.name, known) == (retired.name,)
    assert not any(map(is_retired, EVENT_TYPES))


@pytest.mark.parametrize(
    ("name", "parts", "slugs"),
    [
        ("Loan.TO_REPAY", ("Loan", "TO_REPAY"), ("loan", "to_repay")),
        ("CreditLine.CREATED", ("CreditLine", "CREATED"), ("credit_line", "created")),
        ("BorrowerFinancialProductCreated", ("BorrowerFinancialProduct", "Created"),
         ("borrower_financial_product", "created")),
        ("VATNumberChecked", ("VATNumber", "Checked"), ("vat_number", "checked")),
        ("Ping", ("Ping", ""), ("ping", "")),
        ("", ("", ""), ("", "")),
    ],
)  # fmt: skip
def test_entity_and_status(name: str, parts: tuple[str, str], slugs: tuple[str, str]) -> None:
    assert split(name) == parts
    assert (entity_slug(name), status_slug(name)) == slugs


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Invoice.VERFIED", "Invoice.VERIFIED"),
        ("Lone.CLOSED", "Loan.CLOSED"),
        ("Loan.CANCELLED", "Loan.CANCELED"),
        ("loan.to_repay", "Loan.TO_REPAY"),
        ("LOAN_TO_REPAY", "Loan.TO_REPAY"),
        ("LoanToRepay", "Loan.TO_REPAY"),
        ("BorrowerFinancialProduct.CREATED", "BorrowerFinancialProductCreated"),
        ("BorrowerFinancialProductCreate", "BorrowerFinancialProductCreated"),
        ("BorrowerFinancialProduct", "BorrowerFinancialProduct*"),
        ("BorrowerFinancialProduct.*", "BorrowerFinancialProduct*"),
        ("Loan", "Loan.*"),
        ("Loans.*", "Loan.*"),
        # The entity is right and the status is like none of its own: a new type, not a slip.
        ("Loan.RESTRUCTURED", None),
        ("Payment.OVERDUE", None),
        ("CreditLine.UPDATED", None),
        ("BorrowerFinancialProductDeleted", None),
        ("SUBMITTED", None),
        ("", None),
    ],
)
def test_what_was_probably_meant(name: str, meant: str | None) -> None:
    assert suggest(name) == meant


@given(st.text() | st.from_regex(r"[A-Z][A-Za-z]{0,20}(\.[A-Z_]{0,20})?", fullmatch=True))
def test_a_suggestion_is_something_that_exists(name: str) -> None:
    meant = suggest(name)
    assert meant is None or expand(meant)
    assert "".join(split(name)) == name.replace(".", "", 1)


def test_what_an_account_holds_and_nobody_has_heard_of() -> None:
    held = ["Loan.CLOSED", "New.TYPE", "Loan.OVERDUE", "New.TYPE"]
    assert unlisted(held) == ("New.TYPE",)
    assert unlisted(held, {"New.TYPE"}) == ()
    assert unlisted_note(held, held) is unlisted_note(EVENT_TYPES) is None
    note = unlisted_note(held)
    assert note == (
        "New.TYPE is in the account, but in neither the built-in catalogue nor the file: if Defacto has added"
        " it, list it under `settings.extra_event_types`; Loan.OVERDUE is in the account, but no longer in"
        " Defacto's reference: subscribe to what took its place"
    )
    many = unlisted_note(f"New.TYPE_{number}" for number in range(9))
    assert many
    assert "New.TYPE_4, and 4 more are in the account" in many
