"""Which addresses an index may lead to: none of this machine or its network, unless it is there itself."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from pypi_api_client.address import IndexAddress
from pypi_api_client.errors import ForbiddenAddress


class Neighbourhood(StrEnum):
    """How near an address is; the value is what a message calls it."""

    PUBLIC = "the public internet"
    PRIVATE = "a private network"
    LINK_LOCAL = "the local link"
    THIS_MACHINE = "this machine"


# An index that runs on this machine is trusted with all that can be reached from it.
_MAY_LEAD_TO: Mapping[Neighbourhood, frozenset[Neighbourhood]] = {
    Neighbourhood.PUBLIC: frozenset({Neighbourhood.PUBLIC}),
    Neighbourhood.PRIVATE: frozenset({Neighbourhood.PUBLIC, Neighbourhood.PRIVATE}),
    Neighbourhood.LINK_LOCAL: frozenset({Neighbourhood.PUBLIC, Neighbourhood.LINK_LOCAL}),
    Neighbourhood.THIS_MACHINE: frozenset(Neighbourhood),
}
# IPv4 behind IPv6 (RFC 6052).
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")


def neighbourhood_of(host: str) -> Neighbourhood | None:
    """Return how near an IP address is; ``None`` for a name, which only a connection resolves."""
    host = host.rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return Neighbourhood.THIS_MACHINE
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        embedded = address.ipv4_mapped or address.sixtofour
        if address in _TRANSLATED:
            embedded = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        address = embedded or address
    if address.is_loopback or address.is_unspecified:
        return Neighbourhood.THIS_MACHINE
    if address.is_link_local:
        return Neighbourhood.LINK_LOCAL
    if address.is_global and not address.is_multicast:
        return Neighbourhood.PUBLIC
    return Neighbourhood.PRIVATE


class AddressGuard:
    """
    Refuses to connect to where the index at *home* must not lead.

    Links and redirects of an index on the public internet may lead to the public internet alone, those of
    one in a private network to that too, those of one on this machine anywhere.  *permitted* are hosts to
    which they may lead all the same.

    Attributes:
        home: The index.
    """

    def __init__(self, home: IndexAddress, permitted: Collection[str] = ()) -> None:
        self.home = home
        self._permitted = frozenset(each.lower() for each in permitted)
        self._here = neighbourhood_of(_host(home.root))

    @property
    def is_placed(self) -> bool:
        """Whether it is known where the index is."""
        return self._here is not None

    def place(self, peer: str) -> None:
        """Take in the IP address at which the index answered."""
        self._here = neighbourhood_of(peer)

    def is_free(self, url: str) -> bool:
        """Return whether *url* is of the index itself, or of a host that is permitted."""
        return self.home.is_home(url) or _host(url) in self._permitted

    def check(self, url: str, peer: str) -> None:
        """
        Accept *peer*, a host name or the IP address of a connection, for a request to *url*.

        Raises:
            ForbiddenAddress: The index must not lead there.
        """
        there = neighbourhood_of(peer)
        if there is None or self.is_free(url) or there in _MAY_LEAD_TO[self._here or Neighbourhood.PUBLIC]:
            return
        raise ForbiddenAddress(
            f"The index at {self.home.root} leads to {_host(url)}, which is on {there}; the index is not. "
            "Nothing was sent there. If that is right, permit the host (--redirect-host, redirect_hosts)."
        )

    def watch(self, url: str) -> ConnectionWatch:
        """
        Return what watches the connection of one request to *url*.

        Raises:
            ForbiddenAddress: The address in *url* is one to which the index must not lead.
        """
        self.check(url, _host(url))
        return ConnectionWatch(self, url)


class ConnectionWatch:
    """
    Learns from the events of httpx's ``trace`` extension to which address a request connects.

    Attributes:
        peer: The IP address; empty where a connection was used again, or a proxy connects.
    """

    def __init__(self, guard: AddressGuard, url: str) -> None:
        self.peer = ""
        self._guard = guard
        self._url = url
        self._is_direct = False

    def take(self, event: str, info: Mapping[str, Any]) -> bool:
        """Take in an event; return whether there is a new connection to this very host."""
        if event == "connection.connect_tcp.started":
            self._is_direct = str(info.get("host", "")).lower() == _host(self._url)
        elif event == "connection.connect_tcp.complete" and self._is_direct:
            address = info["return_value"].get_extra_info("server_addr")
            self.peer = str(address[0]) if isinstance(address, tuple) else ""
            return bool(self.peer)
        return False

    def check(self) -> None:
        """
        Accept the connection.

        Raises:
            ForbiddenAddress: It leads to where the index must not.
        """
        self._guard.check(self._url, self.peer)

    @property
    def needs_place(self) -> bool:
        """Whether the answer depends on where the index is, and that is not known yet."""
        return not (
            self._guard.is_placed
            or self._guard.is_free(self._url)
            or neighbourhood_of(self.peer) is Neighbourhood.PUBLIC
        )

    def answered(self) -> None:
        """Remember where the index is, if it is the one that answered: what answers has proved its name."""
        if self.peer and self._guard.home.is_home(self._url):
            self._guard.place(self.peer)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()
