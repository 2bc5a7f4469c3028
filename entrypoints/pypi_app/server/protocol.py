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
from pypi_app.server.ready_heads import LONGEST_HEAD, PROXY, Candidate, KnownReply, ReadyHeads
from pypi_app.server.refusals import Refusal
from pypi_http_api.ready_replies import EXTENSION

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
# Of one connection in a turn of the loop: then others have theirs.
_MOST_READY_IN_A_TURN = 64

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

    A head whose reply is among the *ready* ones is not parsed at all, once it is known that nothing
    relevant was committed before it arrived.  It is looked up only where the parser would begin a request.
    """

    flow: _HeldFlow

    def __init__(
        self, *args: Any, connections: Connections, ready: ReadyHeads | None = None, **kwargs: Any
    ) -> None:
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
        self._ready = ready
        self._key_prefix = b""
        self._candidate: Candidate | None = None
        self._begun = 0
        # The head about which the database is being asked, and how many bytes had arrived behind it.
        self._asked_about: bytes | None = None
        self._behind_asked = 0
        self._gave_at = 0.0

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
        if self._turned_away is not None:
            self._ready = None
        if self._connections.is_proxy(self._peer):
            self._key_prefix = PROXY
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
        self._asked_about = None
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
        if self._ready is not None and self._is_ready(self._ready, data):
            return
        if self.transport.is_closing() or not self._reads_on:
            return
        if self._part is _Part.BODY:
            self._part_since = self.loop.time()
        self._held = self._held + data if self._held else data
        self._parse()

    def _parse(self, confirmed: int = 0) -> None:
        """
        Feed the parser with what is held, up to the end of a request that is not answered yet.

        It is known what was committed before the first *confirmed* bytes arrived.
        """
        at, held = 0, self._held
        self._held = b""
        left = _MOST_READY_IN_A_TURN
        while at < len(held) and not self.transport.is_closing() and self._is_free_to_read():
            if self._ready is None or not (head := self._whole_head(held, at)):
                at += self._feed(held[at : self._end_of_piece(held, at)])
                continue
            end = at + len(head)
            known = self._find(self._ready, head) if left else None
            if known is not None and end > confirmed:
                self._ask_about(self._ready, head, len(held) - end)
                at = end
            elif known is not None:
                self._give(self._ready, known)
                at, left = end, left - 1
            else:
                at += self._feed_head(self._ready, head)
        if self.transport.is_closing():
            return
        self._held = held[at:]
        self.flow.is_held = bool(self._held)
        if self._held:
            self.flow.pause_reading()

    def _is_free_to_read(self) -> bool:
        if self._asked_about is not None:
            return False
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
            self._ready = None
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

    # ------------------------------------------------------------ ready replies

    def _is_ready(self, ready: ReadyHeads, data: bytes) -> bool:
        """Return whether *data* is one head whose reply may be ready: what comes most, the shortest way."""
        if len(data) > LONGEST_HEAD:
            return False
        known = ready.find(self._key_prefix + data if self._key_prefix else data)
        if (
            known is None
            or self._held
            or self._framing
            or self._part is _Part.BODY
            or self.flow.write_paused
            or self._connections.are_ending
            or self.transport.is_closing()
            or not self._is_free_to_read()
        ):
            return False
        self._ask_about(ready, data, 0)
        return True

    def _ask_about(self, ready: ReadyHeads, head: bytes, behind: int) -> None:
        self._asked_about, self._behind_asked = head, behind
        ready.freshness.confirm(self._on_confirmed)

    def _whole_head(self, held: bytes, at: int) -> bytes:
        """Return the head that begins at *at*, if a request begins there; empty if it is not whole."""
        is_between = self._part is _Part.NOTHING or (self._part is _Part.HEAD and not self._framing)
        if not is_between:
            return b""
        end = held.find(b"\r\n\r\n", at, at + LONGEST_HEAD)
        return b"" if end < 0 else held[at : end + 4]

    def _find(self, ready: ReadyHeads, head: bytes) -> KnownReply | None:
        # Whoever does not take what was sent gets the next reply when there is room for it.
        if self.flow.write_paused or self._connections.are_ending:
            return None
        return ready.find(self._key_prefix + head if self._key_prefix else head)

    def _give(self, ready: ReadyHeads, known: KnownReply) -> None:
        """Answer a request that is not parsed."""
        self._part_since = self._gave_at = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._keep_alive_for(self.timeout_keep_alive)
        self.server_state.total_requests += 1
        _name, date = self.server_state.default_headers[0]
        for piece in ready.give(known, date, self.client, self.loop):
            # Its head is complete and it is nobody's candidate.
            self._outgoing.written += len(piece)
            self.transport.write(piece)

    def _feed_head(self, ready: ReadyHeads, head: bytes) -> int:
        """Parse a request whose reply is not known, and have it kept if it may be given again."""
        candidate = ready.wants(self._key_prefix + head)
        self._candidate, self._begun = candidate, 0
        done = self._feed(head)
        self._candidate = None
        if candidate is not None:
            # Else the parser saw something other than one request without a body.
            is_one = self._begun == 1 and self._part is _Part.NOTHING and done == len(head)
            candidate.is_sound = is_one and self._ready is not None
        return done

    def _on_confirmed(self, error: Exception | None) -> None:
        """Go on when it is known what was committed before the head arrived that was asked about."""
        head, self._asked_about = self._asked_about, None
        if head is None or self._ready is None or self.transport.is_closing():
            return
        known = None if error else self._find(self._ready, head)
        if known is not None:
            self._give(self._ready, known)
        else:
            done = self._feed_head(self._ready, head)
            self._held = head[done:] + self._held
        if self._held and not self.transport.is_closing():
            self._parse(self._behind_asked if known is not None else 0)
        if not self._held:
            self.flow.resume_reading()

    def _keep_alive_for(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that is silent, also since the last reply that was ready."""
        left = self._gave_at + self.timeout_keep_alive - self.loop.time()
        if left > 0 or self._asked_about is not None:
            self._keep_alive_for(max(left, 1.0))
        else:
            super().timeout_keep_alive_handler()

    def shutdown(self) -> None:
        """End when nothing is being answered; what the database is asked about is answered first."""
        if self._asked_about is None:
            super().shutdown()

    def _expect(self, part: _Part) -> None:
        self._part = part
        self._part_since = self.loop.time()

    # ------------------------------------------------------------ what the parser finds

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._unread = 0
        self._begun += 1
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
        if self._candidate is not None and refusal is None:
            self.scope["extensions"] = cast("Any", {EXTENSION: self._candidate.offer})
            self._outgoing.candidate = self._candidate
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
        if self._outgoing.candidate is not None:
            self._outgoing.candidate.is_whole = True
            self._outgoing.candidate = None
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
        if self.flow.read_paused or self._asked_about is not None:
            return True
        return (
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
