"""What a host may be to us: this machine, one that gets the API key, one that Defacto can't call.

A host is as a URL has it, an IPv6 address with brackets or without.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

from defacto_webhooks.errors import UserError
from defacto_webhooks.redaction import quotable

SANDBOX_HOST: Final = "api-sandbox.getdefacto.com"
DEFACTO_HOSTS: Final = frozenset({"api.getdefacto.com", SANDBOX_HOST})

_HOST_NAME: Final = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
# Names that no public DNS answers: RFC 6761, 6762 (with appendix G), 7686, 8375, ICANN's `internal`, and what
# /etc/hosts has for this machine.
_NOT_PUBLIC: Final = re.compile(
    r"(?:.*\.)?(?:localhost|localdomain|local|internal|intranet|private|corp|home|lan|test|invalid|onion"
    r"|home\.arpa)"
)
_PUBLIC_IPV6: Final = IPv6Network("2000::/3")  # all that IANA has given out for unicast
# IPv6 addresses with an IPv4 address at their end: IPv4-compatible, IPv4-mapped, NAT64.
_WITH_IPV4: Final = tuple(map(IPv6Network, ("::/96", "::ffff:0:0/96", "64:ff9b::/96")))


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine, written so: `localhost`, 127.0.0.0/8 or `::1`.

    What only means it is left out (`a.localhost`, `0x7f.1`, `::ffff:127.0.0.1`), as it depends on the
    resolver where such a request goes.
    """
    host = host.strip("[]").lower()
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address == IPv6Address("::1") if address.version == 6 else address.is_loopback


def may_get_the_key(host: str, trusted: Collection[str]) -> bool:
    """Whether the API key may be sent to `host`: to Defacto, to this machine, or to one of `trusted`."""
    return host in DEFACTO_HOSTS or is_loopback(host) or host in trusted


def trusted_hosts(texts: Iterable[str]) -> frozenset[str]:
    """The hosts that a user named as trusted; several in one text have spaces or commas between them.

    Raises UserError for what is not a host name.
    """
    hosts = {host.strip("[]").lower() for text in texts for host in re.split(r"[\s,]+", text) if host}
    for host in sorted(hosts):
        if _HOST_NAME.fullmatch(host) is None and _address(host) is None:
            raise UserError(
                f"{quotable(host)!r} is not a host name, so it can't be trusted",
                "write a trusted host without scheme, port and path: gateway.example.com",
            )
    return frozenset(hosts)


def is_private(host: str) -> bool:
    """Whether `host` can't be reached from the internet, however it is written."""
    host = host.strip("[]").lower().removesuffix(".")
    address = _address(host)
    if address is None:
        return "." not in host or _NOT_PUBLIC.fullmatch(host) is not None
    if isinstance(address, IPv6Address) and address not in _PUBLIC_IPV6:
        return True
    return not address.is_global or address.is_multicast


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a resolver takes `host` for, without looking anything up; None for a name."""
    if ":" not in host:
        return _ipv4(host.split("."))
    try:
        address = IPv6Address(host)
    except ValueError:
        return None
    if any(address in network for network in _WITH_IPV4) and int(address) > 1:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour or address


def _ipv4(parts: Sequence[str]) -> IPv4Address | None:
    """As C's `inet_aton` reads it: decimal, octal or hexadecimal, the last part filling what is left."""
    try:
        *first, last = [int(part, 16 if "x" in part else 8 if part[:1] == "0" else 10) for part in parts]
        return IPv4Address(bytes(first) + last.to_bytes(4 - len(first), "big"))
    except (ValueError, OverflowError):
        return None
