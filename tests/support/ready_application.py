"""An application that shows how it read each request, and offers its replies to be given again."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any

from pypi_core.domain.names import NormalizedName
from pypi_core.errors import Unavailable
from pypi_http_api.freshness import Then, Validities
from pypi_http_api.ready_replies import ReadyReply, offer_of


class EchoingApplication:
    """
    Answers with the request, and counts what it was asked, and what was given again.

    A path that begins with ``/private`` is never offered.
    """

    def __init__(self, validities: Validities, body: Callable[[bytes], bytes] = lambda echo: echo) -> None:
        self.asked: list[str] = []
        self.given: Counter[str] = Counter()
        self.logged: list[tuple[Any, str]] = []
        self._validities = validities
        self._body = body
        self._ids = itertools.count(1)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path, method = scope["path"], scope["method"]
        self.asked.append(path)
        sent = b""
        while method not in {"GET", "HEAD"}:
            message = await receive()
            sent += message.get("body", b"")
            if not message.get("more_body"):
                break
        validity = self._validities.of(NormalizedName(path))
        described = (method, scope["raw_path"], scope["query_string"], scope["headers"], sent)
        body = self._body(repr(described).encode())
        headers = [
            (b"content-length", b"%d" % len(body)),
            (b"x-request-id", b"%016x" % next(self._ids)),
            (b"etag", b'"one"'),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})
        if (offer := offer_of(scope)) and not path.startswith("/private"):
            offer(
                ReadyReply(
                    validity=validity,
                    count=lambda times: self.given.update({path: times}),
                    log=lambda client, request_id: self.logged.append((client, request_id)),
                )
            )


class StubFreshness:
    """
    Learns what the test commits, in the next turn of *loop* or, without one, when the test says so.

    Attributes:
        asked: How often it was asked.
    """

    signal: Any = None

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self.validities = Validities()
        self.loop = loop
        self.asked = 0
        self.is_away = False
        self._waiting: list[Then] = []
        self._committed: set[str] = set()

    def commit(self, path: str) -> None:
        """Change what is at *path*."""
        self._committed.add(path)

    def confirm(self, then: Then) -> None:
        """Learn what was committed."""
        self.asked += 1
        self._waiting.append(then)
        if self.loop is not None:
            self.loop.call_soon(self.answer)

    @property
    def is_waited_for(self) -> bool:
        """Return whether anybody waits for an answer."""
        return bool(self._waiting)

    def answer(self) -> None:
        """Answer all who wait."""
        waiting, self._waiting = self._waiting, []
        self._learn()
        for each in waiting:
            each(Unavailable("The database is away.") if self.is_away else None)

    async def generation(self) -> Any:
        raise NotImplementedError

    def _learn(self) -> None:
        for path in self._committed:
            validity = self.validities.of(NormalizedName(path))
            validity.holds = False
            self.validities._of_projects.pop(NormalizedName(path), None)
        self._committed.clear()
