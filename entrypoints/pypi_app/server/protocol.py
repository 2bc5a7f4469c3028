"""
What ASGI cannot say: the reason phrase, and limits on what uvicorn reads.

Upload tools of today and of old print the reason phrase of a refusal and nothing else, so
our sentence has to stand there.  An application says it in the private response header
``x-reason-phrase``, which never leaves the process.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, ASGISendEvent, Scope

REASON_PHRASE = b"x-reason-phrase"

_LARGEST_HEAD = 64 * 1024
# A client that is refused early goes on sending before it reads the answer: let it, up to here.
_LARGEST_UNREAD_BODY = 1024 * 1024 * 1024
_STATUS_WIDTH = len(b"HTTP/1.1 400")


class IndexProtocol(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn speaks it, with reason phrases, and bounds on heads and unread bodies."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_size = 0
        self._reading_head = True
        self._unread = 0

    def data_received(self, data: bytes) -> None:
        """Parse what arrived; refuse a head that does not end."""
        if self._reading_head:
            self._head_size += len(data)
        super().data_received(data)
        if self._reading_head and self._head_size > _LARGEST_HEAD and not self.transport.is_closing():
            self._refuse_head()

    def on_message_begin(self) -> None:
        """Start counting the head of the next request."""
        self._reading_head = True
        self._unread = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Start the request."""
        self._reading_head = False
        self._head_size = 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that the next bytes belong to another head."""
        super().on_message_complete()
        self._reading_head = True
        self._head_size = 0

    def on_body(self, body: bytes) -> None:
        """Pass the body on, or drop it when the answer is out already."""
        if self.cycle.response_complete:
            self._unread += len(body)
            if self._unread > _LARGEST_UNREAD_BODY:
                self.transport.close()
        super().on_body(body)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        super()._start_asgi_task(cycle, _with_reason_phrase(cycle, app))

    def _refuse_head(self) -> None:
        sentence = b"The head of the request is too large: send shorter headers."
        self.transport.write(
            b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
            b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
            b"content-length: %d\r\n\r\n%s" % (len(sentence), sentence)
        )
        self.transport.close()


def _with_reason_phrase(cycle: RequestResponseCycle, app: ASGI3Application) -> ASGI3Application:
    async def application(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        async def send_with_phrase(message: ASGISendEvent) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                phrase = next((value for name, value in headers if name == REASON_PHRASE), None)
                if phrase is not None:
                    message["headers"] = [each for each in headers if each[0] != REASON_PHRASE]
                    if message["status"] >= 400:
                        cycle.transport = cast("asyncio.Transport", _FirstLine(cycle, phrase))
            await send(message)

        await app(scope, receive, send_with_phrase)

    return application


class _FirstLine:
    """Stands in for a transport during one write: that of the head, whose phrase it replaces."""

    def __init__(self, cycle: RequestResponseCycle, phrase: bytes) -> None:
        self._cycle = cycle
        self._transport = cycle.transport
        self._phrase = bytes(byte for byte in phrase if byte >= 0x20 and byte != 0x7F)

    def write(self, head: bytes) -> None:
        self._cycle.transport = self._transport
        status, _old_phrase, rest = head[:_STATUS_WIDTH], *head.split(b"\r\n", 1)
        self._transport.write(b"%s %s\r\n%s" % (status, self._phrase, rest))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
