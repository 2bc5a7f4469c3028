"""Replies known by the whole head of their request, given before it is parsed."""

from __future__ import annotations

import random
import re
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from pypi_http_api.freshness import Freshness
from pypi_http_api.ready_replies import ReadyReply

if TYPE_CHECKING:
    import asyncio

LONGEST_HEAD: Final = 2048
"""Longer heads are parsed each time."""

_LARGEST_SHARE = 4
_OVERHEAD = 2048
"""Bytes counted for each reply on top of its head and body, and of the request's head."""
_JOINED = 32 * 1024
"""Up to how many bytes a body is copied behind its head, to be sent with it."""
_MOST_SEEN = 16 * 1024
"""How many different heads are remembered to have been seen once."""
_SECONDS_BETWEEN_COUNTS = 0.5

# Stricter than the parser: one request and nothing else, however it is read.
_PLAIN_HEAD = re.compile(
    rb"(?:GET|HEAD) /[\x21-\x7e]* HTTP/1\.1\r\n"
    rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r\n)+\r\n\Z"
)
# What makes an answer, or the fate of the connection, depend on more than the address and the form.
_EXCLUDED = re.compile(
    rb"\n(?:connection|keep-alive|proxy-connection|content-length|transfer-encoding|te|trailer|upgrade|expect"
    rb"|http2-settings|authorization|proxy-authorization|cookie|range|x-request-id)[\t ]*:",
    re.IGNORECASE,
)
_REPLY_HEAD = re.compile(
    rb"(?P<before>HTTP/1\.1 (?:200|304) [A-Za-z ]+\r\ndate: )[^\r\n]+"
    rb"(?P<between>\r\n.*\r\nx-request-id: )[0-9a-f]{16}(?P<after>\r\n.*)\Z",
    re.DOTALL,
)
_CLOSES = re.compile(rb"\r\n(?:connection|transfer-encoding|set-cookie):", re.IGNORECASE)

# Nobody is let in by it, so that a quick one will do.
_random_bits = random.Random().getrandbits  # noqa: S311


class KnownReply:
    """A reply as it was written, in the pieces around its date and its request id."""

    __slots__ = ("_after", "_before", "_between", "_body", "given", "key", "reply")

    def __init__(self, key: bytes, reply: ReadyReply, head: re.Match[bytes], body: bytes) -> None:
        self.key = key
        self.reply = reply
        self.given = 0
        self._before, self._between, self._after = head.group("before", "between", "after")
        self._body = body

    @property
    def body(self) -> bytes:
        """The body, which other replies may share."""
        return self._body

    @property
    def own_size(self) -> int:
        """How many bytes it takes without its body."""
        heads = len(self._before) + len(self._between) + len(self._after)
        return len(self.key) + heads + _OVERHEAD

    def pieces(self, date: bytes, request_id: bytes) -> tuple[bytes, ...]:
        """Return what is to be written, in one piece or, before a long body, two."""
        body = self._body
        if len(body) <= _JOINED:
            return (b"".join((self._before, date, self._between, request_id, self._after, body)),)
        return b"".join((self._before, date, self._between, request_id, self._after)), body


class Candidate:
    """
    A request whose reply may be kept, and what was written of the reply.

    Attributes:
        key: What it will be found by.
        written: What was written, in order.
        is_sound: Whether the head was one request and no more.
        is_whole: Whether the reply was written to its end.
    """

    def __init__(self, heads: ReadyHeads, key: bytes) -> None:
        self._heads = heads
        self.key = key
        self.written: list[bytes] = []
        self._size = 0
        self.is_sound = False
        self.is_whole = False

    def take(self, data: bytes) -> None:
        """Note what is written, unless it is too much to be kept."""
        self._size += len(data)
        if self._size <= self._heads.largest:
            self.written.append(data)
        else:
            self.written.clear()

    def offer(self, reply: ReadyReply) -> None:
        """Keep what was written (`pypi_http_api.ready_replies.Offer`)."""
        if self.is_sound and self.is_whole and self._size <= self._heads.largest:
            self._heads.keep(self, reply)


class ReadyHeads:
    """
    Keeps replies by the bytes of the heads that asked for them, *capacity* bytes at the most.

    Only heads that were seen before are kept, so that those that never come again take no place.  Bodies
    are counted once, however many heads ask for the same.  All this runs on the event loop alone.

    Attributes:
        freshness: Is asked before a reply is given.
        largest: What one reply may take.
    """

    def __init__(self, freshness: Freshness, capacity: int) -> None:
        self.freshness = freshness
        self.largest = capacity // _LARGEST_SHARE
        self._capacity = capacity
        self._kept: OrderedDict[bytes, KnownReply] = OrderedDict()
        self._sum = 0
        self._uses: dict[int, int] = {}
        self._seen: set[int] = set()
        self._seen_before: set[int] = set()
        self._to_count: list[KnownReply] = []

    @property
    def size(self) -> int:
        """How many bytes are kept."""
        return self._sum

    def find(self, key: bytes) -> KnownReply | None:
        """Return the reply to the request of this head, if as far as is known it still holds."""
        known = self._kept.get(key)
        if known is not None and not known.reply.validity.holds:
            self.drop(key)
            return None
        return known

    def wants(self, key: bytes) -> Candidate | None:
        """Return what takes the reply to a request, if it is one to keep; ``None`` the first time."""
        if not self._was_seen(hash(key)) or len(key) > LONGEST_HEAD + len(PROXY):
            return None
        head = key.removeprefix(PROXY)
        return Candidate(self, key) if _PLAIN_HEAD.match(head) and not _EXCLUDED.search(head) else None

    def give(
        self,
        known: KnownReply,
        date: bytes,
        client: tuple[str, int] | None,
        loop: asyncio.AbstractEventLoop,
    ) -> tuple[bytes, ...]:
        """Return what is to be written, which is counted soon and, where all requests are, logged."""
        self._kept.move_to_end(known.key)
        request_id = b"%016x" % _random_bits(64)
        if not known.given:
            if not self._to_count:
                loop.call_later(_SECONDS_BETWEEN_COUNTS, self.count)
            self._to_count.append(known)
        known.given += 1
        if known.reply.log is not None:
            known.reply.log(client, request_id.decode())
        return known.pieces(date, request_id)

    def keep(self, candidate: Candidate, reply: ReadyReply) -> None:
        """Keep the reply that was written to *candidate*."""
        head, body = candidate.written[0], b"".join(candidate.written[1:])
        if len(candidate.written) == 2:
            # Not a copy: the application has the same bytes.
            body = candidate.written[1]
        match = _REPLY_HEAD.match(head)
        if match is None or _CLOSES.search(head) or not reply.validity.holds:
            return
        self.drop(candidate.key)
        known = KnownReply(candidate.key, reply, match, body)
        self._kept[known.key] = known
        self._sum += known.own_size
        if body:
            uses = self._uses.get(id(body), 0)
            self._uses[id(body)] = uses + 1
            self._sum += 0 if uses else len(body)
        while self._sum > self._capacity:
            self.drop(next(iter(self._kept)))

    def drop(self, key: bytes) -> None:
        """Forget a reply."""
        known = self._kept.pop(key, None)
        if known is None:
            return
        self._sum -= known.own_size
        if known.body:
            name = id(known.body)
            self._uses[name] -= 1
            if not self._uses[name]:
                del self._uses[name]
                self._sum -= len(known.body)

    def count(self) -> None:
        """Count what was given since the last time."""
        waiting, self._to_count = self._to_count, []
        for known in waiting:
            times, known.given = known.given, 0
            known.reply.count(times)

    def _was_seen(self, known: int) -> bool:
        if known in self._seen:
            return True
        was_seen = known in self._seen_before
        self._seen.add(known)
        if len(self._seen) >= _MOST_SEEN:
            self._seen_before, self._seen = self._seen, set()
        return was_seen


PROXY: Final = b"proxy "
"""Stands before the heads that trusted proxies send: what they say of the client is believed."""
