"""One line for each request, or only for those that changed something or were refused."""

from __future__ import annotations

import logging
import re
import time
from http import HTTPStatus
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from pypi_http_api.addressed import addressed_of
from pypi_http_api.freshness import Validity
from pypi_http_api.proxies import TrustedProxies
from pypi_http_api.ready_replies import Offer, ReadyReply, offer_of
from pypi_http_api.replies import header_of
from pypi_http_api.request_ids import HEADER, current_request_id, request_id_of
from pypi_http_api.traffic import NOTED, Noted, Traffic

_log = logging.getLogger("pypi_http_api.requests")

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# What is called there may only read; the audit log has what changed something.
_CALLED = re.compile(r"(?:/i/[^/]+)?/(?:rpc|pypi|RPC2)/?\Z")
_LONGEST_PATH = 1000
_LONGEST_USER_AGENT = 200
_SECRET = re.compile(r"pidx_[0-9A-Za-z]+")


class LineBudget:
    """
    Keeps strangers from filling a log: *most* lines in *seconds*, then only how many there were.

    Args:
        logger: Is told how many lines were left out, when the next one is written.
    """

    def __init__(self, logger: logging.Logger, *, most: int = 100, seconds: float = 10) -> None:
        self._logger = logger
        self._most = most
        self._seconds = seconds
        self._begun = float("-inf")
        self._written = 0
        self._left_out = 0

    def permits(self, now: float) -> bool:
        """Return whether another line may be written at *now*, in seconds of any clock."""
        if now - self._begun >= self._seconds:
            if self._left_out:
                self._logger.warning("%d refused requests were not logged, being too many", self._left_out)
            self._begun, self._written, self._left_out = now, 0, 0
        if self._written >= self._most:
            self._left_out += 1
            return False
        self._written += 1
        return True


class RequestLog:
    """
    Gives each request its id, and counts and logs it when it is answered.

    *all_requests* are logged, or only uploads, other changes and refusals.  A line says who asked for
    what, from where and with what program, and how it ended.  Neither headers nor queries are in it, and
    whatever looks like a token is left out.  With *offers*, a server may give answers again by itself.
    """

    def __init__(
        self,
        application: ASGIApp,
        proxies: TrustedProxies,
        traffic: Traffic,
        *,
        all_requests: bool,
        offers: bool = True,
    ) -> None:
        self._offers = offers
        self._application = application
        self._traffic = traffic
        self._proxies = proxies
        self._all_requests = all_requests
        self._budget = LineBudget(_log)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and log what became of it."""
        if scope["type"] != ScopeType.HTTP:
            await self._application(scope, receive, send)
            return
        status = size = 0
        begun = time.monotonic()
        request_id = request_id_of(scope, self._proxies)
        id_header = (HEADER, request_id.encode())
        traffic, noted = self._traffic, Noted(self._traffic)

        async def counting(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], id_header]
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
            await send(message)

        async def counting_received() -> Any:
            message = await receive()
            if message["type"] == "http.request":
                traffic.received += len(message.get("body", b""))
            return message

        # Layers note in it how far they got, and nobody else sees it.
        own: HTTPScope = scope.copy()
        own["state"] = {**scope.get("state", {}), NOTED: noted}
        outside = current_request_id.set(request_id)
        try:
            sends_body = scope["method"] not in _SAFE
            await self._application(own, counting_received if sends_body else receive, counting)
        finally:
            now = time.monotonic()
            traffic.count(noted.route, scope["method"], status, now - begun)
            traffic.sent += size
            if self._all_requests or self._is_notable(own, status, now):
                self._write(own, status, size, now - begun)
            current_request_id.reset(outside)
        if self._offers and noted.validity is not None and (offer := offer_of(scope)):
            self._offer(offer, noted.validity, noted, own, status, size)
        # It may be kept with an answer, these and what they know of the request need not.
        noted.again = []

    def _offer(
        self, offer: Offer, validity: Validity, noted: Noted, scope: HTTPScope, status: int, size: int
    ) -> None:
        route, method, traffic, others = noted.route, scope["method"], self._traffic, tuple(noted.again)

        def count(times: int) -> None:
            traffic.count(route, method, status, 0.0, times)
            traffic.sent += size * times
            traffic.ready += times
            for each in others:
                each(times)

        def log(client: tuple[str, int] | None, request_id: str) -> None:
            outside = current_request_id.set(request_id)
            self._write({**scope, "client": client}, status, size, 0.0)
            current_request_id.reset(outside)

        offer(ReadyReply(validity=validity, count=count, log=log if self._all_requests else None))

    def _is_notable(self, scope: HTTPScope, status: int, now: float) -> bool:
        if status < HTTPStatus.BAD_REQUEST:
            return scope["method"] not in _SAFE and not _CALLED.match(scope["path"])
        if scope["method"] in _SAFE:
            # Installers ask for what is not there, and for what needs a token without one, all the time.
            if status == HTTPStatus.NOT_FOUND:
                return False
            if status == HTTPStatus.UNAUTHORIZED and header_of(scope, b"authorization") is None:
                return False
        return self._budget.permits(now)

    def _write(self, scope: HTTPScope, status: int, size: int, seconds: float) -> None:
        raw = scope.get("raw_path")
        fields = {
            "client": self._proxies.client(scope),
            "actor": addressed_of(scope).actor.username,
            "method": scope["method"],
            "path": loggable(raw.decode("latin-1") if raw else scope["path"], _LONGEST_PATH),
            "status": status or None,
            "bytes": size,
            "milliseconds": round(seconds * 1000, 1),
            "user_agent": loggable(header_of(scope, b"user-agent") or "", _LONGEST_USER_AGENT),
        }
        _log.info(
            '%s %s "%s %s HTTP/%s" %s %d %.1fms "%s"',
            fields["client"] or "-",
            fields["actor"] or "-",
            fields["method"],
            fields["path"],
            scope["http_version"],
            status or "-",
            size,
            fields["milliseconds"],
            fields["user_agent"],
            extra=fields,
        )


def loggable(text: str, longest: int) -> str:
    """Return *text* cut, without tokens, and with all escaped that a terminal or reader could misread."""
    text = _SECRET.sub("pidx_...", text)[:longest]
    return "".join(_escaped(each) for each in text)


def _escaped(character: str) -> str:
    if character in {'"', "\\"}:
        return f"\\{character}"
    return character if character.isprintable() else character.encode("unicode_escape").decode()
