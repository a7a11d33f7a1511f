"""Which hosts are this machine, and which the real Defacto can't call. A host may stand in brackets."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine itself, so that plain http leaks nothing."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _address(host)
    return address is not None and address.is_loopback


def is_private(host: str) -> bool:
    """Whether `host` can't be reached from the internet: loopback, private and link-local addresses."""
    if is_loopback(host) or host.endswith((".local", ".internal", ".test")):
        return True
    address = _address(host)
    return "." not in host if address is None else not address.is_global


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """The address that `host` is; None for a name."""
    host = host.strip("[]")
    if not host[-1:].isdigit() and ":" not in host:
        return None
    from ipaddress import ip_address

    try:
        return ip_address(host)
    except ValueError:
        return None
