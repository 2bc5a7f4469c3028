"""Where an index is, and what may be sent where."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit, urlunsplit

import msgspec

from pypi_api_client.errors import InvalidAddress

_USUAL_PORTS = {"http": 80, "https": 443}


class IndexAddress(msgspec.Struct, frozen=True, kw_only=True):
    """
    The root of an index, with ``/`` at its end, and the credentials that stood in its URL.

    ``username`` and ``password`` are empty where the URL had none.
    """

    root: str
    username: str = ""
    password: str = ""

    def join(self, *parts: str) -> str:
        """Return the URL below the root that *parts* lead to, percent-encoded."""
        return self.root + "/".join(quote(each, safe="") for each in parts)

    def is_home(self, url: str) -> bool:
        """Tell whether *url* has the index's own origin, to which its token may go."""
        return origin(url) == origin(self.root)


def parse_address(url: str) -> IndexAddress:
    """
    Read the URL of an index; one that ends in ``/simple/`` means the folder above.

    Raises:
        InvalidAddress: It is no http or https URL, or plain http to another machine.
    """
    parts = _split(url.strip())
    check_url(url)
    path = parts.path.rstrip("/").removesuffix("/simple") + "/"
    host = parts.netloc.rpartition("@")[2]
    return IndexAddress(
        root=urlunsplit((parts.scheme, host, path, "", "")),
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def check_url(url: str) -> None:
    """
    Accept a URL that may be asked.

    Raises:
        InvalidAddress: It is no http or https URL, or plain http to another machine.
    """
    parts = _split(url)
    if parts.scheme not in _USUAL_PORTS or not parts.hostname:
        raise InvalidAddress(
            f"{_shown(parts)!r} is no URL of an index: start it with https:// (http:// on this machine only)."
        )
    if parts.scheme == "http" and not is_loopback(url):
        raise InvalidAddress(
            f"{_shown(parts)!r} is plain http: anybody between here and there could read the token and "
            "change the files. Use https://."
        )


def is_loopback(url: str) -> bool:
    """Tell whether *url* leads to this machine."""
    host = _split(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def origin(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port."""
    parts = _split(url)
    return parts.scheme, parts.hostname or "", parts.port or _USUAL_PORTS.get(parts.scheme)


def resolve(base: str, url: str) -> str:
    """Return *url*, which may be relative to *base*, without its fragment."""
    try:
        return urljoin(base, url.strip()).partition("#")[0]
    except ValueError as error:
        raise InvalidAddress(f"The index names a URL that is none: {url!r}.") from error


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for a port that is no number
    except ValueError as error:
        raise InvalidAddress(f"This is no URL: {error}.") from error
    return parts


def _shown(parts: SplitResult) -> str:
    """Return a URL without the password that may stand in it."""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
