"""What the head of a request must be beyond what the parser asks for."""

from __future__ import annotations

import re

from pypi_app.server.refusals import Refusal

Headers = list[tuple[bytes, bytes]]

MOST_HEADERS = 128

# RFC 3986, 3.2.2, without the comma, which joins two headers.
_HOST = re.compile(
    rb"(?:(?:[A-Za-z0-9._~!$&'()*+;=-]|%[0-9A-Fa-f]{2})*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?\Z"
)
_ABSOLUTE = re.compile(rb"https?://(?P<host>[^/?#]*)", re.IGNORECASE)


def refused_head(headers: Headers, http_version: str, target: bytes) -> Refusal | None:
    """Return why the head of a request for *target* is refused, ``None`` for a sound one."""
    if http_version not in {"1.0", "1.1"}:
        return Refusal(505, "This version of HTTP is not supported: use HTTP/1.1.")
    hosts = [value for name, value in headers if name == b"host"]
    if not hosts and http_version == "1.1":
        # RFC 9112, 3.2.
        return Refusal(400, "The request has no Host header: HTTP/1.1 needs one.")
    if len(hosts) > 1:
        return Refusal(400, "The request has more than one Host header: send one.")
    if hosts and not _HOST.match(hosts[0]):
        return Refusal(400, "The Host header is not a host name with an optional port.")
    absolute = _ABSOLUTE.match(target)
    if absolute and not (absolute["host"] and _HOST.match(absolute["host"])):
        return Refusal(400, "The target of the request does not name a host with an optional port.")
    return None


def origin_form(headers: Headers, target: bytes) -> bytes:
    """
    Return *target* without scheme and host; the host of an absolute one goes into *headers*.

    RFC 9112, 3.2.2: a server must then ignore the Host header that was sent.
    """
    absolute = _ABSOLUTE.match(target)
    if absolute is None:
        return target
    headers[:] = [each for each in headers if each[0] != b"host"]
    headers.append((b"host", absolute["host"]))
    rest = target[absolute.end() :]
    return rest if rest.startswith(b"/") else b"/" + rest


def body_length(headers: Headers) -> int | None:
    """Return how long the body is, ``None`` for one in chunks; the parser has checked the headers."""
    length = 0
    for name, value in headers:
        if name == b"transfer-encoding":
            return None
        if name == b"content-length":
            length = int(value)
    return length
