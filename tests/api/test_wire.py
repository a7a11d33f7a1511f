"""Which answers are believed, and how one that can't be trusted is refused: in words, with a next step."""

from __future__ import annotations

import json

import pytest

from defacto_webhooks.api import wire
from defacto_webhooks.errors import DoubtfulRead
from defacto_webhooks.redaction import KnownUrls

KNOWN = KnownUrls({})


def row(id_: object, **other: object) -> dict[str, object]:
    return {"id": id_, "name": "a", "to_url": "https://h.example/?t=s3cret", "event_types": ["A.B"], **other}


def ids(*pages: object) -> list[str]:
    found, seen = [], set[str]()
    for page in pages:
        found.append(wire.page(wire.Body(page if isinstance(page, bytes) else json.dumps(page).encode())))
        wire.add_new_ids(found[-1], seen)
    return [remote.id for remote in wire.subscriptions(found, KNOWN)]


@pytest.mark.parametrize(
    "page",
    [
        [row("7"), row(8)],
        {"data": [row("7"), row(8)]},
        {"data": [row("7"), row(8)], "count": 2, "page_size": 100, "total": 2},
        {"data": [row("7"), row(8)], "count": 2, "page_size": 100, "total": None, "previous_page": None},
        {"data": [row("7", more={}), row(8)], "next_page": "", "unknown": {"a": [1]}},
    ],
)
def test_lists_that_are_believed(page: object) -> None:
    assert ids(page) == ["7", "8"]


def test_total_is_what_all_pages_hold_and_count_the_page_or_all() -> None:
    for count in (1, 2):
        envelope = {"count": count, "page_size": 1, "total": 2}
        assert ids({**envelope, "data": [row("7")]}, {**envelope, "data": [row("8")]}) == ["7", "8"]
    with pytest.raises(DoubtfulRead, match="has 2 entries, but its `total` is 3"):
        ids({"total": 2, "data": [row("7")]}, {"total": 3, "data": [row("8")]})
    with pytest.raises(DoubtfulRead, match="has 1 entry, but its `count` is 2"):
        ids({"total": 1, "count": 2, "data": [row("7")]})


def test_an_empty_account_has_to_say_so() -> None:
    assert ids([]) == ids({"data": []}) == ids({"count": 0, "page_size": 100, "total": 0}) == []


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ({}, "`data` is missing"),
        ({"count": 0}, "`data` is missing"),
        ({"count": 1, "page_size": 100}, "`data` is missing"),
        ({"count": 0, "page_size": 100, "total": 1}, "its `total` is 1"),
        ({"data": {}}, "`data` is not a list"),
        ({"data": [], "total": "0"}, "`total` is not a whole number"),
        ({"data": [], "total": True}, "`total` is not a whole number"),
        ({"data": [], "previous_page": 1}, "`previous_page` is not a string"),
        ("all", "it is not an object"),
        ([row("7"), row("7")], "the same id twice"),
        ([row("7"), row(7)], "the same id twice"),
        ([row("..")], "no usable id"),
        ([row(None)], "`id` of subscription 1 is not a string"),
        ([row("7"), row("id-8", name=None)], "`name` of subscription 2 (id id-8) is not a string"),
        ([row("7", event_types=[1])], "`event_types` of subscription 1 (id 7) is not a string"),
        ([row("https://h.example/?t=s3cret", to_url=7)], "`to_url` of subscription 1 (id ***)"),
        ([7], "subscription 1 is not an object"),
        (b'{"data": [', "not JSON"),
        (b'{"data": [], "count": 0, "count": 1}', "a key twice"),
        (b'[{"id": "7", "id": "8", "name": "a", "to_url": "", "event_types": []}]', "a key twice"),
        (b'{"data": [], "x": [{"a": {"b": 1, "b": 2}}]}', "a key twice"),
        (b'[{"id": "\\ud800", "name": "a", "to_url": "", "event_types": []}]', "not JSON"),
        (b'{"data": [], "x": "\xff"}', "not JSON"),
        (b"[" * 200_000, "not JSON"),
    ],
)  # fmt: skip
def test_a_doubtful_list_is_refused_in_words(page: object, words: str) -> None:
    with pytest.raises(DoubtfulRead) as caught:
        ids(page)
    assert words in caught.value.message
    assert "run the command again" in caught.value.hint
    assert "s3cret" not in f"{caught.value!r} {caught.value}"


def test_single_answers_that_are_none() -> None:
    assert wire.subscription(wire.Body(json.dumps(row(7)).encode()), KNOWN) is not None
    assert wire.invoice(wire.Body(b'{"id": "7", "net_amount": 1}')) is not None
    for bad in (b"", b"[]", b"{}", b'{"id": ""}', b'{"id": null}', b'{"id": "7", "id": "8"}'):
        body = wire.Body(bad)
        assert wire.subscription(body, KNOWN) is None
        assert wire.invoice(body) is None
        assert wire.generated_invoice(body) is None
        assert wire.problem(body).title is None


def test_ten_thousand_subscriptions_are_read() -> None:
    rows = [row(f"id-{number}", to_url=f"https://h.example/{number}?t=x") for number in range(10_000)]
    assert len(ids({"count": 10_000, "total": 10_000, "page_size": 10_000, "data": rows})) == 10_000


def test_no_url_is_in_a_repr() -> None:
    page = wire.page(wire.Body(json.dumps({"data": [row(7)], "next_page": "/x?t=s3cret"}).encode()))
    assert "s3cret" not in repr(page)
