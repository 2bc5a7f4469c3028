"""What trusted proxies say of the requests that they pass on."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

from litestar.types import HTTPScope

from pypi_http_api.replies import header_of

_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?\Z")
# Some proxies add the port, and then put brackets around an address of IPv6.
_WITH_PORT = re.compile(r"(?:(?P<v4>[0-9.]+)|\[(?P<v6>[0-9A-Fa-f:.]+)\])(?::[0-9]{1,5})?\Z")


class TrustedProxies:
    """
    Tells what lies in front of the proxies: under which origin clients know the server, and who they are.

    Only ``X-Forwarded-*`` is believed: whoever passes these on without knowing ``Forwarded``
    would pass on what a client wrote into it.

    Raises:
        ValueError: One of *trusted* is neither an address nor a network.
    """

    def __init__(self, trusted: tuple[str, ...]) -> None:
        self._networks = [ipaddress.ip_network(each, strict=False) for each in trusted]
        self._trusts = lru_cache(1024)(self._is_trusted)

    def trusts(self, address: str) -> bool:
        """Return whether *address* is that of a trusted proxy."""
        return bool(self._networks) and self._trusts(address)

    def origin(self, scope: HTTPScope) -> str:
        """Return scheme, host and port, as in ``https://index.example``."""
        scheme, host = scope["scheme"], header_of(scope, b"host")
        if self._sent(scope):
            forwarded = (header_of(scope, b"x-forwarded-proto") or "").partition(",")[0].strip().lower()
            scheme = forwarded if forwarded in {"http", "https"} else scheme
            host = (header_of(scope, b"x-forwarded-host") or "").partition(",")[0].strip() or host
        if host is None or not _HOST.match(host):
            server = scope.get("server") or ("localhost", None)
            name = f"[{server[0]}]" if ":" in server[0] else server[0]
            host = name if server[1] is None else f"{name}:{server[1]}"
        return f"{scheme}://{host}"

    def client(self, scope: HTTPScope) -> str:
        """
        Return the address that a request came from, empty where the server knows none.

        Each proxy adds the address that it was asked from: the last one that is no trusted
        proxy's is the client's.  Those before it are only what the client says.
        """
        peer = scope.get("client")
        address = peer[0] if peer else ""
        if not self.trusts(address):
            return address
        for each in reversed((header_of(scope, b"x-forwarded-for") or "").split(",")):
            forwarded = _address(each.strip())
            if not forwarded:
                break
            address = forwarded
            if not self.trusts(address):
                break
        return address

    def stripped_prefix(self, scope: HTTPScope) -> str:
        """Return ``X-Forwarded-Prefix`` as a trusted proxy sent it: what it has taken off the path."""
        return (header_of(scope, b"x-forwarded-prefix") or "") if self._sent(scope) else ""

    def _sent(self, scope: HTTPScope) -> bool:
        """Return whether the request comes from a trusted proxy."""
        client = scope.get("client")
        return client is not None and self.trusts(client[0])

    def _is_trusted(self, client: str) -> bool:
        try:
            address = ipaddress.ip_address(client)
        except ValueError:
            return False
        return any(address in network for network in self._networks)


def _address(text: str) -> str:
    """Return the address in an element of ``X-Forwarded-For``, empty if it is none."""
    match = _WITH_PORT.match(text)
    plain = (match["v4"] or match["v6"]) if match else text
    try:
        return str(ipaddress.ip_address(plain))
    except ValueError:
        return ""
