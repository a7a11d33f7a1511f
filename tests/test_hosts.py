"""Which hosts are this machine, which may get the key, and which Defacto can't call."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given, strategies as st

from defacto_webhooks.errors import UserError
from defacto_webhooks.hosts import is_loopback, is_private, may_get_the_key, trusted_hosts

THIS_MACHINE = ("localhost", "LOCALHOST", "127.0.0.1", "127.9.8.7", "::1", "[::1]")
# What a resolver may take for this machine, or for another one: it isn't written so.
MAYBE_THIS_MACHINE = (
    "localhost.", "api.localhost", "0x7f.1", "0x7f000001", "0177.0.0.1", "2130706433", "127.1", "127.0.0.1.",
    "::ffff:127.0.0.1", "::ffff:7f00:1", "0:0:0:0:0:ffff:7f00:1", "::127.0.0.1", "64:ff9b::127.0.0.1",
    "2002:7f00:1::", "0.0.0.0", "0", "::", "::1%lo",  # noqa: S104 - nothing is bound to it
)  # fmt: skip
PRIVATE = (
    "192.168.0.1", "10.0.0.1", "0xa.1", "012.0.0.1", "172.16.1.1", "169.254.169.254", "100.64.0.1", "fe80::1",
    "fd00::1", "::ffff:10.0.0.1", "224.0.0.1", "ff02::1", "intranet", "intranet.", "printer.local",
    "db.internal.", "x.test", "router.home.arpa", "a.onion", "a.invalid",
)  # fmt: skip
PUBLIC = (
    "api.getdefacto.com", "hooks.example.com", "localhost.example.com", "127.0.0.1.example.com",
    "mylocalhost.example", "8.8.8.8", "0x8.0x8.2056", "2606:4700::1111", "::ffff:8.8.8.8", "08.example",
    "test.example.com", "0x7f.example",
)  # fmt: skip


@pytest.mark.parametrize("host", THIS_MACHINE)
def test_this_machine(host: str) -> None:
    assert is_loopback(host)
    assert may_get_the_key(host, ())
    assert is_private(host)


@pytest.mark.parametrize("host", [*MAYBE_THIS_MACHINE, *PRIVATE])
def test_out_of_defacto_s_reach_but_not_this_machine_as_it_is_written(host: str) -> None:
    assert not is_loopback(host)
    assert not may_get_the_key(host, ())
    assert is_private(host)


@pytest.mark.parametrize("host", PUBLIC)
def test_public(host: str) -> None:
    assert not is_loopback(host)
    assert not is_private(host)


def test_who_may_get_the_key() -> None:
    trusted = trusted_hosts(["Gateway.example.com, b.example", "[2001:DB8::1] 10.0.0.1"])
    for host in (
        "api.getdefacto.com",
        "api-sandbox.getdefacto.com",
        "gateway.example.com",
        "b.example",
        "10.0.0.1",
    ):
        assert may_get_the_key(host, trusted)
    assert may_get_the_key("2001:db8::1", trusted)
    for host in (
        "getdefacto.com", "api.getdefacto.com.", "api.getdefacto.com.evil.example", "xapi.getdefacto.com",
        "a.gateway.example.com", "evil.example", "", "api.localhost",
    ):  # fmt: skip
        assert not may_get_the_key(host, trusted)


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example",
        "a.example:443",
        "a.example/x",
        "*.example",
        "a..b",
        "${X}",
        "https://u:s3cr3t@a.b/",
    ],
)
def test_what_is_no_host_is_not_trusted(text: str) -> None:
    with pytest.raises(UserError, match="not a host name") as caught:
        trusted_hosts([text])
    assert "s3cr3t" not in caught.value.message


@given(st.ip_addresses())
def test_an_address_is_this_machine_only_in_its_own_form(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    loopback = address.version == 4 and str(address).startswith("127.")
    assert is_loopback(str(address)) == (loopback or str(address) == "::1")


@given(st.ip_addresses(v=4), st.sampled_from(["{}", "0x{0:x}", "0{0:o}"]), st.integers(1, 4))
def test_an_ipv4_address_is_private_in_every_notation(
    address: ipaddress.IPv4Address, number: str, parts: int
) -> None:
    *first, _ = address.packed[: parts - 1], 0
    last = int.from_bytes(address.packed[parts - 1 :], "big")
    written = ".".join(number.format(n) for n in (*first[0], last))
    assert is_private(written) == (not address.is_global or address.is_multicast)
