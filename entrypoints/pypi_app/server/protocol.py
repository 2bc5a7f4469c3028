"""
HTTP/1.1 of strangers: uvicorn's protocol with bounds on everything that a client may send or leave out.

The parser is fed one request at a time and in small pieces, so that nothing waits in it or
behind it but the bytes of a single read.  What neither ASGI nor the parser knows is here:
reason phrases, limits in size, in number and in time.
"""

from __future__ import annotations

import socket
import struct
from enum import Enum
from typing import TYPE_CHECKING, Any, cast

import httptools
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from pypi_app.server.connections import Admission, Connections
from pypi_app.server.heads import MOST_HEADERS, body_length, origin_form, refused_head
from pypi_app.server.outgoing import Outgoing, with_reason_phrase
from pypi_app.server.refusals import Refusal

if TYPE_CHECKING:
    import asyncio

    from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope

# A head; likewise all that is neither a head nor a body: trailers, chunk extensions, empty lines.
_LARGEST_HEAD = 64 * 1024
# What is fed at once where a request may end anywhere, and so how much of the next one goes with it.
_PIECE = 1024
# Small chunks need many bytes around them: this much around each, and twice its length, is fair.
_FAIR_FRAMING = 16
# A client that is refused early goes on sending before it reads the answer: let it, up to here.
_LARGEST_UNREAD_BODY = 1024 * 1024 * 1024
# Where there is no place for a client, it has less time too.
_TURNED_AWAY_TIMEOUT = 5.0
_LEAST_PACED_SECONDS = 1.0
_RETRY_SECONDS = 5

_HEAD_TOO_LARGE = Refusal(431, "The head of the request is too large: send shorter headers.")
_TOO_MANY_HEADERS = Refusal(431, f"The request has more than {MOST_HEADERS} headers: send fewer.")
_FRAMING_TOO_LARGE = Refusal(400, "The body has too many bytes around its content: send larger chunks.")
_NOT_HTTP = Refusal(400, "This is not a valid HTTP request.")
_HEAD_TOO_SLOW = Refusal(408, "The head of the request did not arrive in time: send it again.")
_BODY_TOO_SLOW = Refusal(408, "The body of the request stopped arriving: send the request again.")
_TOO_MANY_OF_CLIENT = Refusal(
    503, "Too many requests from your address are being answered: wait, then try again.", _RETRY_SECONDS
)


class _Part(Enum):
    """What of a request is to come."""

    NOTHING = "nothing"
    HEAD = "head"
    BODY = "body"


class _HeldFlow(FlowControl):
    """Does not read on while there is something left to parse, whatever asks for it."""

    is_held = False

    def resume_reading(self) -> None:
        if not self.is_held:
            super().resume_reading()


class IndexProtocol(HttpToolsProtocol):
    """
    One connection of HTTP/1.1.

    A request is parsed when the one before it is answered.  What is fed to the parser ends
    where a head or a body ends, wherever that can be known, so that of requests sent ahead of
    time no more than a few are ever unpacked.
    """

    flow: _HeldFlow

    def __init__(self, *args: Any, connections: Connections, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._connections = connections
        self._limits = connections.limits
        self._admission: Admission | None = None
        self._turned_away: str | None = None
        self._peer = ""
        self._part = _Part.HEAD
        self._part_since = 0.0
        # Bytes of a body that are still to come; None in chunks.
        self._body_left: int | None = 0
        self._framing = 0
        self._unread = 0
        self._held = b""
        self._reads_on = True
        self._refusal: Refusal | None = None
        self._outgoing: Outgoing = None  # type: ignore[assignment]
        self._taken = -1
        self._taken_since = 0.0
        self._sending_since = (0, 0.0)
        self._timer: asyncio.TimerHandle | None = None

    # ------------------------------------------------------------ the connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection in, or turn it away."""
        super().connection_made(transport)
        now = self.loop.time()
        self.flow = _HeldFlow(transport)
        self._outgoing = Outgoing(transport)
        if self._admission is None and not self.take_place(self.client[0] if self.client else ""):
            transport.abort()
            return
        self._part_since = now
        self._look_at(now)

    def take_place(self, peer: str) -> bool:
        """Take a place for a client at *peer*; return whether it may stay.  TLS asks before its handshake."""
        self._peer = peer
        self._admission, sentence = self._connections.admit(peer, self.loop.time())
        if self._admission is Admission.TURNED_AWAY:
            self._turned_away = sentence
        return self._admission is not Admission.CLOSED

    def give_place_up(self) -> None:
        """Let another client have the place; may be called twice."""
        if self._admission is not None:
            self._connections.leave(self._peer, self._admission)
            self._admission = Admission.CLOSED

    def connection_lost(self, exc: Exception | None) -> None:
        """End with the connection."""
        if self._timer is not None:
            self._timer.cancel()
        self._held = b""
        self.give_place_up()
        self._connections.end_sending(self)
        super().connection_lost(exc)
        self._unset_keepalive_if_required()

    def pause_writing(self) -> None:
        """Note that the client takes the answer slowly."""
        super().pause_writing()
        now = self.loop.time()
        self._sending_since = (self._outgoing.taken, now)
        self._connections.begin_sending(self, now)

    def resume_writing(self) -> None:
        """Note that the client has taken what waited."""
        self._connections.end_sending(self)
        super().resume_writing()

    def unsent(self) -> int:
        """Return how many bytes wait for the client."""
        return self._outgoing.unsent

    def pace(self, now: float) -> float:
        """Return how many bytes the client took in a second since the answer began to wait."""
        taken, since = self._sending_since
        if now - since < _LEAST_PACED_SECONDS:
            return float("inf")
        return (self._outgoing.taken - taken) / (now - since)

    def abort(self) -> None:
        """Break the connection off and drop what waits."""
        self._connections.end_sending(self)
        self._forget_request()
        _drop_what_the_system_holds(self.transport)
        self.transport.abort()

    # ------------------------------------------------------------ what arrives

    def data_received(self, data: bytes) -> None:
        """Parse what arrived, as far as it is time for it."""
        if self.transport.is_closing() or not self._reads_on:
            return
        if self._part is _Part.BODY:
            self._part_since = self.loop.time()
        self._held = self._held + data if self._held else data
        self._parse()

    def _parse(self) -> None:
        """Feed the parser with what is held, up to the end of a request that is not answered yet."""
        at, held = 0, self._held
        self._held = b""
        while at < len(held) and not self.transport.is_closing() and self._is_free_to_read():
            at += self._feed(held[at : self._end_of_piece(held, at)])
        if self.transport.is_closing():
            return
        self._held = held[at:]
        self.flow.is_held = bool(self._held)
        if self._held:
            self.flow.pause_reading()

    def _is_free_to_read(self) -> bool:
        if self._part is not _Part.NOTHING:
            return self._reads_on
        return not self.pipeline and not self._is_answering

    @property
    def _is_answering(self) -> bool:
        # uvicorn's annotation forgets that there is none before the first request.
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is not None and not cycle.response_complete

    def _end_of_piece(self, held: bytes, at: int) -> int:
        if self._part is _Part.BODY:
            return at + (_PIECE if self._body_left is None else self._body_left)
        end = held.find(b"\r\n\r\n", at, at + _PIECE)
        return at + _PIECE if end < 0 else end + 4

    def _feed(self, piece: bytes) -> int:
        """Parse *piece* and return how much of it is done with."""
        self._unset_keepalive_if_required()
        if self._part is _Part.NOTHING:
            self._expect(_Part.HEAD)
        self._framing += len(piece)
        done = len(piece)
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade as upgrade:
            # RFC 9110, 7.8: a server may ignore that another protocol is wished for.
            done = upgrade.args[0] or done
        except httptools.HttpParserError:
            self._refuse(self._refusal or _NOT_HTTP)
            return done
        self._framing = max(0, self._framing)
        if self._refusal is not None:
            self._refuse(self._refusal)
        elif self._framing > _LARGEST_HEAD:
            self._refuse(_HEAD_TOO_LARGE if self._part is _Part.HEAD else _FRAMING_TOO_LARGE)
        return done

    def _expect(self, part: _Part) -> None:
        self._part = part
        self._part_since = self.loop.time()

    # ------------------------------------------------------------ what the parser finds

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._unread = 0
        self._expect(_Part.HEAD)
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; what comes behind a body is dropped."""
        # RFC 9110, 6.5.1: trailers must not be mixed with headers.
        if self._part is not _Part.HEAD:
            return
        if len(self.headers) >= MOST_HEADERS:
            self._refusal = _TOO_MANY_HEADERS
            return
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Start the request, or the answer that refuses it."""
        if self._refusal is not None:
            return
        refusal = refused_head(self.headers, self.parser.get_http_version(), self.url)
        if self._turned_away is not None:
            refusal = Refusal(503, self._turned_away, _RETRY_SECONDS)
        elif refusal is None:
            self.url = origin_form(self.headers, self.url)
        application = self.app
        if refusal is not None:
            self._note(refusal)
            self.app = cast("Any", refusal)
        try:
            super().on_headers_complete()
        finally:
            self.app = application
        self.cycle.transport = cast("asyncio.Transport", self._outgoing)
        if self._connections.are_ending:
            self.cycle.keep_alive = False
        self._framing = 0
        self._body_left = body_length(self.headers)
        self._expect(_Part.BODY)

    def on_chunk_header(self) -> None:
        """Allow for the bytes around a chunk."""
        self._framing -= _FAIR_FRAMING

    def on_body(self, body: bytes) -> None:
        """Pass the body on, or drop it when the answer is out already."""
        if self._refusal is not None:
            return
        self._framing -= 3 * len(body)
        if self._body_left is not None:
            self._body_left -= len(body)
        if self.cycle.response_complete:
            self._unread += len(body)
            if self._unread > _LARGEST_UNREAD_BODY:
                self.transport.close()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the request; the next bytes belong to another."""
        if self._refusal is not None:
            return
        super().on_message_complete()
        self._framing = 0
        self._expect(_Part.NOTHING)
        self._close_if_turned_away()

    # ------------------------------------------------------------ answers

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        counted = _counted(app, self._connections)
        super()._start_asgi_task(cycle, with_reason_phrase(counted, self._outgoing))

    def on_response_complete(self) -> None:
        """Go on with what arrived in the meantime."""
        super().on_response_complete()
        if self._part is _Part.NOTHING:
            self._expect(_Part.NOTHING)
        self._close_if_turned_away()
        if self._held and not self.transport.is_closing():
            self._parse()
            if not self._held:
                self.flow.resume_reading()

    def _close_if_turned_away(self) -> None:
        if self._turned_away is not None and self._part is _Part.NOTHING and self.cycle.response_complete:
            self.transport.close()

    def _refuse(self, refusal: Refusal) -> None:
        """Answer what cannot be read to its end, if its answer has not begun, then hang up."""
        self._note(refusal)
        waiting = self._is_answering
        if waiting and self._part is not _Part.BODY:
            # What is wrong came behind a sound request, whose answer is still to be sent.
            self.cycle.keep_alive = False
            self._reads_on = False
            return
        if not (waiting and self.cycle.response_started) and not self.pipeline:
            self._outgoing.write(refusal.whole_answer)
        self._forget_request()
        self.transport.close()

    def _note(self, refusal: Refusal) -> None:
        self._connections.note_refusal(self._peer, refusal.status, refusal.sentence, self.loop.time())

    def _forget_request(self) -> None:
        """Tell the application that the client is gone."""
        if self._is_answering:
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    # ------------------------------------------------------------ time

    def _look(self) -> None:
        """End the connection when its client has taken too long."""
        now = self.loop.time()
        if self._has_stopped_taking(now):
            self.abort()
            return
        if self._is_kept_waiting():
            self._part_since = now
        timeout = self._timeout()
        if timeout is not None and now - self._part_since >= timeout and not self.transport.is_closing():
            self._run_out_of_time()
        self._look_at(now)

    def _look_at(self, now: float) -> None:
        limits = self._limits
        due = now + min(limits.head_timeout, limits.body_timeout, limits.answer_timeout)
        timeout = self._timeout()
        if timeout is not None:
            due = min(due, self._part_since + timeout) if self._part_since + timeout > now else due
        self._timer = self.loop.call_at(due, self._look)

    def _timeout(self) -> float | None:
        if self._part is _Part.NOTHING and not self.cycle.response_complete:
            return None
        limits = self._limits
        seconds = limits.body_timeout if self._part is _Part.BODY else limits.head_timeout
        return seconds if self._turned_away is None else min(seconds, _TURNED_AWAY_TIMEOUT)

    def _is_kept_waiting(self) -> bool:
        """Return whether it is the server that does not read on."""
        return self.flow.read_paused or (
            self._part is _Part.BODY
            and self.cycle.waiting_for_100_continue
            and not self.cycle.response_complete
        )

    def _run_out_of_time(self) -> None:
        if self._part is _Part.BODY and not self.cycle.response_complete:
            self._refuse(_BODY_TOO_SLOW)
        elif self._part is _Part.HEAD and self._framing:
            self._refuse(_HEAD_TOO_SLOW)
        else:
            # Nothing was asked, so nothing is answered.
            self.transport.close()

    def _has_stopped_taking(self, now: float) -> bool:
        taken = self._outgoing.taken
        if not self._outgoing.unsent or taken > self._taken:
            self._taken, self._taken_since = taken, now
            return False
        return now - self._taken_since >= self._limits.answer_timeout


def _drop_what_the_system_holds(transport: asyncio.Transport) -> None:
    """Let closing reset the connection: else the system keeps what is unsent for as long as it likes."""
    if (connected := transport.get_extra_info("socket")) is not None:
        with connected.dup() as own:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _counted(application: ASGI3Application, connections: Connections) -> ASGI3Application:
    """Return *application* with a bound on the requests of one client behind a proxy."""

    async def counted(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        counted_as = connections.begin_request(cast("HTTPScope", scope))
        if counted_as is None:
            await _TOO_MANY_OF_CLIENT(scope, receive, send)
            return
        try:
            await application(scope, receive, send)
        finally:
            connections.end_request(counted_as)

    return counted
