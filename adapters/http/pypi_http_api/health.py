"""Whether the server lives, and whether it can serve."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import msgspec
from litestar.types import ASGIApp, ControllerRouterHandler
from msgspec.structs import replace

from pypi_http_api.endpoints import endpoint
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.operation_description import OperationDescription
from pypi_http_api.replies import Headers, Reply, sentence_reply, text_reply
from pypi_http_api.watching import Look, Shared, Shortcoming, Watchers

_logger = logging.getLogger(__name__)

_NO_STORE: Headers = ((b"cache-control", b"no-store"),)
_RETRY: Headers = ((b"retry-after", b"5"),)
_NOT_READY = "Not ready: the server cannot serve at the moment; its log and an operator's probe say why."
_NO_ANSWER = "Not ready: looking at the database and the stored files takes too long."

_LIVE = OperationDescription(summary="Report that the server runs", tag="about", types=("text/plain",))
_READY = OperationDescription(
    summary="Report whether the server can serve, and what is missing",
    tag="about",
    types=("text/plain", "application/json"),
)


class _Standing(msgspec.Struct, frozen=True, kw_only=True):
    status: str
    missing: Sequence[Shortcoming]


def health_endpoints(look: Look, watchers: Watchers) -> Sequence[ControllerRouterHandler]:
    """Return the routes of the probes."""
    shared = Shared(lambda: watchers.call(look))

    async def live(request: IndexRequest) -> ASGIApp:
        """Answer from the loop alone: no thread, no database."""
        return text_reply("alive", headers=_NO_STORE)

    async def ready(request: IndexRequest) -> ASGIApp:
        """Answer what a look has shown that is at most a second old."""
        try:
            missing = await shared()
        except TimeoutError:
            return _refusal(_NO_ANSWER)
        except Exception:
            _logger.exception("looking at what is missing failed")
            return _refusal(_NOT_READY)
        if not watchers.may_see(request.scope):
            return _refusal(_NOT_READY) if _stop(missing) else text_reply("ready", headers=_NO_STORE)
        return _told(missing, as_json="json" in (request.header(b"accept") or ""))

    return [
        endpoint("/health/live", live, "GET", described=_LIVE),
        endpoint("/health/ready", ready, "GET", described=_READY),
    ]


def _stop(missing: Sequence[Shortcoming]) -> bool:
    return any(each.stops_serving for each in missing)


def _told(missing: Sequence[Shortcoming], *, as_json: bool) -> Reply:
    """Return the answer to somebody who may know: what is missing, and since when."""
    status = "not ready" if _stop(missing) else ("degraded" if missing else "ready")
    if as_json:
        body = msgspec.json.encode(_Standing(status=status, missing=missing))
        headers = ((b"content-type", b"application/json"), *_NO_STORE)
        if _stop(missing):
            return Reply(status=503, headers=(*headers, *_RETRY), body=body)
        return Reply(status=200, headers=headers, body=body)
    lines = [f"{each.sentence} ({each.part}, since {each.since:%Y-%m-%d %H:%M:%S} UTC)" for each in missing]
    if _stop(missing):
        return _refusal(f"Not ready: {lines[0]}", *lines[1:])
    return text_reply("\n".join(["ready", *lines]), headers=_NO_STORE)


def _refusal(sentence: str, *further: str) -> Reply:
    reply = sentence_reply(sentence, status=503, headers=(*_NO_STORE, *_RETRY))
    return replace(reply, body=reply.body + "".join(f"{each}\n" for each in further).encode())
