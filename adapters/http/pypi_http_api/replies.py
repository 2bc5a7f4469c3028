"""Answers that are ready to be sent: applications of their own in the sense of ASGI."""

from __future__ import annotations

from typing import Final

import msgspec
from litestar.types import HTTPScope, Receive, Scope, Send

from pypi_http_api.headers.conditional import if_none_match_matches

Headers = tuple[tuple[bytes, bytes], ...]
"""Names in lower case, and values."""

ANY_ORIGIN: Final = (b"access-control-allow-origin", b"*")
NO_SNIFFING: Final = (b"x-content-type-options", b"nosniff")


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer whose body is at hand; its length is added unless it is among the headers."""

    status: int = 200
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: bytes) -> bytes | None:
        """Return the value of a header."""
        return next((value for known, value in self.headers if known == name), None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        headers = list(self.headers)
        # RFC 9110, 8.6: neither of the two has a body to give the length of.
        if self.status not in {204, 304} and self.header(b"content-length") is None:
            headers.append((b"content-length", str(len(self.body)).encode()))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


def unless_known(reply: Reply, if_none_match: str | None) -> Reply:
    """Return *reply*, or the 304 in its place when the client says that it has what it would get."""
    etag = (reply.header(b"etag") or b"").decode("latin-1")
    if not etag or if_none_match is None or not if_none_match_matches(if_none_match, etag):
        return reply
    return Reply(
        status=304, headers=tuple(each for each in reply.headers if not each[0].startswith(b"content-"))
    )


def redirect(location: str, *, status: int = 301, cross_origin: bool = False) -> Reply:
    """Send the client to *location*, which is percent-encoded."""
    headers: Headers = ((b"location", location.encode("latin-1")),)
    return Reply(status=status, headers=(*headers, ANY_ORIGIN) if cross_origin else headers)


def text_reply(text: str, *, status: int = 200, headers: Headers = ()) -> Reply:
    """Say something in plain text."""
    content_type = (b"content-type", b"text/plain; charset=utf-8")
    return Reply(status=status, headers=(content_type, NO_SNIFFING, *headers), body=text.encode())


def sentence_reply(sentence: str, *, status: int, headers: Headers = ()) -> Reply:
    """Say why a request is refused, as text and in the first line of the answer."""
    phrase = (b"x-reason-phrase", sentence.encode())
    return text_reply(f"{sentence}\n", status=status, headers=(*headers, phrase))


def header_of(scope: HTTPScope, name: bytes) -> str | None:
    """Return a request header, several of one name joined by commas; ``None`` without one."""
    values = [value for known, value in scope["headers"] if known == name]
    return b", ".join(values).decode("latin-1") if values else None
