"""What is written to a connection: counted, and with the reason phrase that ASGI cannot say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypi_app.server.refusals import REASON_PHRASE

if TYPE_CHECKING:
    import asyncio

    from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, ASGISendEvent, Scope

    from pypi_app.server.ready_heads import Candidate

_STATUS_WIDTH = len(b"HTTP/1.1 400")


class Outgoing:
    """
    Stands in for the transport of a connection where answers are written.

    Attributes:
        written: How many bytes were written.
        phrase: What the first line of the next write says after the status.
        candidate: Takes what is written, too, if it may be given again.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.written = 0
        self.phrase: bytes | None = None
        self.candidate: Candidate | None = None

    def write(self, data: bytes) -> None:
        """Write *data*, which is a head if `phrase` is set."""
        if self.phrase is not None:
            status, rest = data[:_STATUS_WIDTH], data.partition(b"\r\n")[2]
            data = b"%s %s\r\n%s" % (status, self.phrase, rest)
            self.phrase = None
        self.written += len(data)
        if self.candidate is not None:
            self.candidate.take(data)
        self._transport.write(data)

    @property
    def unsent(self) -> int:
        """How many bytes wait for the client."""
        return self._transport.get_write_buffer_size()

    @property
    def taken(self) -> int:
        """How many bytes have left for the client."""
        return self.written - self.unsent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def with_reason_phrase(application: ASGI3Application, outgoing: Outgoing) -> ASGI3Application:
    """Return *application*, whose private header with the phrase goes into the first line of refusals."""

    async def phrased(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        async def send_with_phrase(message: ASGISendEvent) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                phrase = next((value for name, value in headers if name == REASON_PHRASE), None)
                if phrase is not None:
                    message["headers"] = [each for each in headers if each[0] != REASON_PHRASE]
                    if message["status"] >= 400:
                        outgoing.phrase = bytes(byte for byte in phrase if byte >= 0x20 and byte != 0x7F)
            await send(message)

        await application(scope, receive, send_with_phrase)

    return phrased
