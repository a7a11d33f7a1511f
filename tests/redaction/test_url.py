"""The URL as a value: its normal form, and what tells two of them apart."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given, strategies as st

from defacto_webhooks.redaction import Hidden, InvalidUrl, Secret, SecretUrl
from tests.redaction.urls import CANARY, PLACES, from_file


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("HTTPS://Hooks.Example.COM:443/A/b%2f?X=%7e#F", "https://hooks.example.com/A/b%2f?X=%7e#F"),
        ("http://hooks.example.com:80", "http://hooks.example.com"),
        ("https://hooks.example.com:80/", "https://hooks.example.com:80/"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/ü"),
        ("https://[2001:DB8::0:1]:443/x", "https://[2001:db8::1]/x"),
        ("https://u:P@hooks.example.com/", "https://u:P@hooks.example.com/"),
    ],
)
def test_normal_form(written: str, normal: str) -> None:
    url = from_file(written)
    assert url.reveal() == normal
    assert url == SecretUrl.from_account(written) == SecretUrl.from_account(normal)
    assert from_file(normal).reveal() == normal


@pytest.mark.parametrize(
    "text",
    [
        "", "hooks.example.com", "ftp://a.example", "https://", "https:///x", "https://a b.example/",
        "https://a.example:0/", "https://a.example:99999/", "https://a.example:x/", "https://[::1/",
        "https://300.1.1.1/", "https://a..example/", "https://-a.example/", "https://a.example/\n",
        "https://a.example/\x1b[0m", "https://a.example/<b>", f"https://{'a' * 64}.example/",
        "https://a.example/?t=caf\udce9",  # a variable that is not UTF-8
        "https://[::1%lo]/", "https://[fe80::a%25eth0]/",  # a zone means something on one machine only
        f"https://a.example/{'a' * 65_536}",  # no client sends it
    ],
)  # fmt: skip
def test_what_is_no_url_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(InvalidUrl) as caught:
        from_file(text.replace("a", CANARY))
    assert CANARY not in str(caught.value)


@given(
    st.sampled_from(
        ["a.example", "a_b.example", "[::1]", "127.0.0.1", "xn--9ca.example", "é.example", "0x7f.1"]
    ),
    st.sampled_from(["", ":8443", ":443", ":"]),
    st.text("aé/%|^`[]{}?#=&:@.~!'$", max_size=12),
)
def test_what_is_a_url_here_is_the_same_to_the_client_that_sends_it(host: str, port: str, rest: str) -> None:
    try:
        url = from_file(f"https://{host}{port}/{rest}")
    except InvalidUrl:
        return
    assert httpx.URL(url.reveal()).raw_host.decode() == url.host


def test_a_url_of_the_account_that_no_client_sends_is_hidden_as_a_whole() -> None:
    assert str(SecretUrl.from_account(f"https://a.example/{'a' * 65_536}")) == "***"


@pytest.mark.parametrize(
    ("text", "scheme", "host", "kind"),
    [
        ("https://u:p@Hooks.Slack.com:443/services/T0", "https", "hooks.slack.com", "services"),
        ("https://hooks.slack.com/T0", "https", "hooks.slack.com", "other"),
        ("http://[::1]:80/x", "http", "::1", ""),
        ("services", "", "", ""),
    ],
)
def test_its_parts(text: str, scheme: str, host: str, kind: str) -> None:
    url = SecretUrl.from_account(text)
    assert (url.scheme, url.host, url.slack_kind) == (scheme, host, kind)


def test_a_changed_secret_is_shown_as_changed() -> None:
    before = SecretUrl.from_account("https://hooks.example.com/a?token=1&x=2")
    after = SecretUrl.from_account("https://hooks.example.com/a?token=9&x=2")
    assert after.changed_from(before) == "https://hooks.example.com/a?token=*** (value changed)&x=***"
    assert after.secret_differs(before)
    assert not after.secret_differs(after)
    host = from_file("https://", Secret("b.example"), "/a")
    assert (
        host.changed_from(from_file("https://", Secret("a.example"), "/a")) == "https://*** (value changed)/a"
    )


_pieces = st.lists(
    st.tuples(st.text("ab/?&=#@:.%1", max_size=6), st.booleans()).map(
        lambda piece: Secret(piece[0]) if piece[1] else piece[0]
    ),
    max_size=6,
)


def urls_of(*pieces: str | Secret) -> list[SecretUrl]:
    try:
        url = from_file(*pieces)
    except InvalidUrl:
        return []
    return [url, SecretUrl.from_account(url.reveal())]


@given(_pieces, _pieces)
def test_no_change_goes_unseen(one: list[str | Secret], other: list[str | Secret]) -> None:
    """Two that are not the same never look the same where one follows the other."""
    for before in urls_of("https://a.example/", *one):
        for after in urls_of("https://a.example/", *other):
            if before == after:
                assert after.changed_from(before) == str(after)
            else:
                assert after.changed_from(before) != str(before)


@pytest.mark.parametrize("place", PLACES)
def test_a_template_reads_back_as_the_url(place: str) -> None:
    url = SecretUrl.from_account(place.format(f"{CANARY}$9"))
    values: dict[str, str] = {}

    def name(hidden: Hidden) -> str:
        values.setdefault(f"V{len(values)}", hidden.value.reveal())
        return f"V{len(values) - 1}"

    template = url.as_template(name)
    assert CANARY not in template
    for variable, value in values.items():
        template = template.replace(f"${{{variable}}}", value.replace("$", "$$"))
    assert template.replace("$$", "$") == url.reveal()


def test_a_template_has_one_variable_for_what_is_one_secret() -> None:
    found: list[Hidden] = []

    def name(hidden: Hidden) -> str:
        found.append(hidden)
        return f"V{len(found)}"

    url = SecretUrl.from_account("https://h.example/hooks/T0A/B1/x?9=1&key=2&&#f")
    assert url.as_template(name) == "https://h.example/hooks/${V1}/x?${V2}&key=${V3}&&#${V4}"
    assert [(one.host, one.path, one.place, one.value.reveal()) for one in found] == [
        ("h.example", ("hooks", "x"), "path", "T0A/B1"),
        ("h.example", ("hooks", "x"), "query", "9=1"),
        ("h.example", ("hooks", "x"), "key", "2"),
        ("h.example", ("hooks", "x"), "fragment", "f"),
    ]
