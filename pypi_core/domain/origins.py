"""Where a request came from."""

from __future__ import annotations

import ipaddress

import msgspec

_LONGEST_ADDRESS = 45
_LONGEST_USER_AGENT = 200
_NETWORK_OF_ONE = 64


class AuditedOrigin(msgspec.Struct, frozen=True, kw_only=True):
    """
    The network address of a client and the name its program gives itself; empty where unknown.

    Both are short and printable, whatever the client sent: see `origin_of`.
    """

    address: str = ""
    user_agent: str = ""


class Origin(AuditedOrigin, frozen=True, kw_only=True):
    """Where a request came from; the ``request_id`` names it in log lines and refusals."""

    request_id: str = ""


NOWHERE = Origin()
"""Of what does not come over a network."""


def origin_of(address: str, user_agent: str, request_id: str = "") -> Origin:
    """Return the origin of a request that says this of itself: cut, and without control characters."""
    return Origin(
        address=_printable(address, _LONGEST_ADDRESS),
        user_agent=_printable(user_agent, _LONGEST_USER_AGENT),
        request_id=request_id,
    )


def network_of(address: str) -> str:
    """Return what limits count *address* as: of IPv6 one customer has a whole /64 network."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    mapped = parsed if isinstance(parsed, ipaddress.IPv4Address) else parsed.ipv4_mapped
    if mapped is not None:
        return str(mapped)
    return str(ipaddress.ip_network((parsed.packed, _NETWORK_OF_ONE), strict=False))


def _printable(text: str, longest: int) -> str:
    return "".join(each if each.isprintable() else " " for each in text[:longest]).strip()
