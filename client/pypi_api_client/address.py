"""Where an index is, and what may be sent where."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit, urlunsplit

import msgspec

from pypi_api_client.errors import InvalidAddress

_USUAL_PORTS = {"http": 80, "https": 443}

LONGEST_URL = 8192
"""How many characters a URL may have that an index names."""

# What the last part of a URL tells: where the Simple API is, below the root.
_SIMPLE = {"simple": "simple/", "+simple": "+simple/", "legacy": "simple/"}


class IndexAddress(msgspec.Struct, frozen=True, kw_only=True):
    """
    The endpoints of an index, and the credentials that stood in its URL.

    ``root`` and ``simple`` end with ``/``; ``upload`` is ``None`` where it is not known, ``rpc``
    where there can be none.
    ``username`` and ``password`` are empty where the URL had none.
    """

    root: str
    simple: str
    upload: str | None
    rpc: str | None
    username: str = ""
    password: str = ""

    def join(self, *parts: str) -> str:
        """Return the URL below the root that *parts* lead to, percent-encoded."""
        return self.root + "/".join(quote(each, safe="") for each in parts)

    def is_home(self, url: str) -> bool:
        """Return whether *url* has an origin of the index itself, to which its token may go."""
        return origin(url) in {origin(each) for each in (self.root, self.upload) if each}

    def __repr__(self) -> str:
        # The generated one would show the password.
        return f"IndexAddress({self.root!r})"


def parse_address(url: str, *, upload_url: str | None = "") -> IndexAddress:
    """
    Read the URL of an index, and derive its endpoints.

    It may be the root, or the URL of its Simple API (``…/simple/``, devpi's ``…/+simple/``) or
    of its uploads (``…/legacy/``), which stand below the root.  *upload_url* is where files go,
    if that is not below the root; ``None`` if that is not known.

    Raises:
        InvalidAddress: It is not an http or https URL, or it is plain http to another machine.
    """
    parts = _split(url.strip())
    check_url(url)
    path, _, last = parts.path.rstrip("/").rpartition("/")
    if last not in _SIMPLE:
        path = parts.path.rstrip("/")
    host = parts.netloc.rpartition("@")[2]
    root = urlunsplit((parts.scheme, host, f"{path}/", "", ""))
    if upload_url:
        check_url(upload_url)
    is_devpi = last == "+simple"
    return IndexAddress(
        root=root,
        simple=root + _SIMPLE.get(last, "simple/"),
        upload=(root if is_devpi else f"{root}legacy/") if upload_url == "" else upload_url,
        rpc=None if is_devpi else f"{root}rpc",
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def check_url(url: str) -> None:
    """
    Accept a URL that may be asked.

    Raises:
        InvalidAddress: It is not an http or https URL, or it is plain http to another machine.
    """
    parts = _split(url)
    if parts.scheme not in _USUAL_PORTS or not parts.hostname:
        raise InvalidAddress(
            f"{_shown(parts)!r} is not the URL of an index: start it with https:// "
            "(http:// on this machine only)."
        )
    if parts.scheme == "http" and not is_loopback(url):
        raise InvalidAddress(
            f"{_shown(parts)!r} is plain http: anyone on the way could read the token and "
            "change the files. Use https://."
        )


def is_loopback(url: str) -> bool:
    """Return whether *url* leads to this machine."""
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


def has_credentials(url: str) -> bool:
    """Return whether a user name or a password stands in *url*."""
    return "@" in _split(url).netloc


def resolve(base: str, url: str) -> str:
    """
    Return *url*, which may be relative to *base*, without its fragment.

    Raises:
        InvalidAddress: It is not a URL, or longer than 8,192 characters.
    """
    if len(url) > LONGEST_URL:
        raise InvalidAddress(f"The index names a URL of more than {LONGEST_URL} characters.")
    try:
        return urljoin(base, url.strip()).partition("#")[0]
    except ValueError as error:
        raise InvalidAddress(f"The index names something that is not a URL: {url!r}.") from error


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for a port that is not a number
    except ValueError:
        # Not in Python's words: what it takes for the port may be a part of a password.
        raise InvalidAddress(
            "Not a URL: its host or its port is wrong. If there is a password in it, percent-encode "
            "characters such as / and #."
        ) from None
    return parts


def _shown(parts: SplitResult) -> str:
    """Return a URL without the password that may stand in it."""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
