"""A secret can't be carried out of its type unnoticed."""

from __future__ import annotations

import copy
import io
import json
import pickle
from collections.abc import Callable

import pytest
import rich
from deepdiff import DeepDiff
from rich.console import Console

from defacto_webhooks.redaction import KnownUrls, Secret, SecretUrl, keyed_fingerprint, revealed
from defacto_webhooks.subscription import Subscription
from tests.redaction.urls import CANARY, all_texts, from_file

KNOWN = KnownUrls({"a": from_file("https://h.example/", Secret(f"x{CANARY}"))}, [Secret(CANARY)])
MAKERS: dict[str, Callable[[str], object]] = {
    "secret": Secret,
    "URL of the file": lambda text: from_file("https://h.example/", Secret(text)),
    "URL of the account": lambda text: SecretUrl.from_account(f"https://h.example/?t={text}"),
    "URL next to the file": lambda text: KNOWN.from_account("a", f"https://h.example/{text}"),
}


@pytest.fixture(params=MAKERS)
def make(request: pytest.FixtureRequest) -> Callable[[str], object]:
    return MAKERS[request.param]


def inspected(value: object) -> str:
    printed = io.StringIO()
    console = Console(file=printed, width=500)
    for everything in (False, True):
        rich.inspect(value, console=console, private=True, methods=True, all=everything)
    return printed.getvalue()


@pytest.mark.parametrize("way", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps, list, vars, dict])
def test_it_does_not_leave_its_type(make: Callable[[str], object], way: Callable[[object], object]) -> None:
    with pytest.raises(TypeError) as caught:
        way(make(CANARY))
    assert CANARY not in str(caught.value)


def test_no_text_of_it_holds_the_secret(make: Callable[[str], object]) -> None:
    value = make(CANARY)
    assert CANARY not in all_texts(value) + all_texts([value]) + inspected(value)


def test_deepdiff_sees_that_two_differ_but_not_in_what(make: Callable[[str], object]) -> None:
    one, other = make(CANARY + "1"), make(CANARY + "2")
    for view in ("text", "tree"):
        different = DeepDiff({"url": one}, {"url": other}, view=view)
        assert different
        assert CANARY not in all_texts(different) + different.pretty() + different.to_json()
    assert not DeepDiff({"url": one}, {"url": make(CANARY + "1")})


def test_it_is_equal_to_its_like_only(make: Callable[[str], object]) -> None:
    value = make(CANARY)
    assert value == make(CANARY)
    assert hash(value) == hash(make(CANARY))
    assert value != make(CANARY + "1")
    assert value != CANARY
    assert (value == Secret(CANARY)) == isinstance(value, Secret)


def test_nothing_that_knows_the_file_tells_what_it_knows() -> None:
    """Also after it was asked: what it keeps in between is no less a secret."""
    str(KNOWN.from_account("b", f"https://h.example/{CANARY}"))
    assert CANARY not in all_texts(KNOWN) + inspected(KNOWN)
    assert {"_by_name", "_same", "_secret_words"} <= vars(KNOWN).keys()
    for kept in vars(KNOWN).values():
        assert CANARY not in all_texts(kept)


def test_a_subscription_tells_no_more_than_its_url() -> None:
    subscription = Subscription.of("a", from_file("https://h.example/?t=", Secret(CANARY)), ["Loan.CLOSED"])
    assert CANARY not in all_texts(subscription) + inspected(subscription)
    assert CANARY not in json.dumps(subscription.document())


def test_pieces_are_put_together_where_that_is_asked_for() -> None:
    pieces: list[str | Secret] = ["https://", Secret(CANARY), "/x"]
    assert revealed(pieces) == f"https://{CANARY}/x"
    assert CANARY not in all_texts(pieces)


def test_a_keyed_fingerprint_needs_the_key() -> None:
    assert keyed_fingerprint(Secret("a"), "text") == keyed_fingerprint(Secret("a"), "text")
    assert keyed_fingerprint(Secret("a"), "text") != keyed_fingerprint(Secret("b"), "text")
