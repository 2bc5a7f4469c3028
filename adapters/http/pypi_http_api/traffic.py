"""What was asked and answered, in numbers."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, cast

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from pypi_http_api.freshness import Validity

NOTED: Final = "noted"
"""The key in the state of the scope."""

Sample = tuple[str, ...]
"""The name of a metric, then the values of its labels."""

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""The bounds of the histogram of latencies."""

_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH"})
_BUCKETS = (*(str(each) for each in SECONDS), "+Inf")


class Traffic:
    """
    Counts on the event loop alone, so that it needs no lock.

    A request costs two look-ups in dictionaries.  How many keys there are depends on the routes, never on
    what clients send.

    Attributes:
        received: Bytes of bodies that arrived.
        sent: Bytes of bodies that were sent.
        ready: How many answers were ready.
        made: How many that might have been ready had to be made.
        uploads: How many uploads are under way.
        sources: Return further samples, of what they know at the moment.
        settling: Count what was put off to be counted together.
    """

    def __init__(self) -> None:
        self.received = self.sent = self.ready = self.made = self.uploads = 0
        self.sources: list[Callable[[], Mapping[Sample, float]]] = []
        self.settling: list[Callable[[], None]] = []
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._seconds: dict[str, list[float]] = {}

    def count(self, route: str, method: str, status: int, seconds: float, times: int = 1) -> None:
        """Count requests that were answered, or whose client left without an answer: *status* 0."""
        self._requests[route, method if method in _METHODS else "other", status] += times
        took = self._seconds.get(route)
        if took is None:
            took = self._seconds[route] = [0.0] * (len(_BUCKETS) + 1)
        took[bisect_left(SECONDS, seconds)] += times
        took[-1] += seconds * times

    def samples(self) -> Mapping[Sample, float]:
        """Return all that is known at the moment; the buckets of histograms are not cumulated."""
        for settle in self.settling:
            settle()
        found: dict[Sample, float] = {
            ("pypi_requests_total", route, method, str(status) if status else "none"): count
            for (route, method, status), count in self._requests.items()
        }
        for route, took in self._seconds.items():
            for bound, value in zip((*_BUCKETS, "sum"), took, strict=True):
                found["pypi_request_seconds", route, bound] = value
        found["pypi_received_bytes_total",] = self.received
        found["pypi_sent_bytes_total",] = self.sent
        found["pypi_ready_answers_total", "hit"] = self.ready
        found["pypi_ready_answers_total", "miss"] = self.made
        found["pypi_uploads",] = self.uploads
        for source in self.sources:
            found.update(source())
        return found


class Noted:
    """
    What layers and endpoints note about a request for the layer that counts it.

    Attributes:
        route: The template of the route that answers it; empty where there is none.
        traffic: Where it is counted.
        validity: Whether the same answer may be given again; ``None`` for one that must not.
        again: What counts further requests that get the same answer, beside *traffic*.
    """

    __slots__ = ("again", "route", "traffic", "validity")

    def __init__(self, traffic: Traffic) -> None:
        self.route = ""
        self.traffic = traffic
        self.validity: Validity | None = None
        self.again: list[Callable[[int], None]] = []

    @contextmanager
    def uploading(self) -> Iterator[None]:
        """Count an upload while the block lasts."""
        self.traffic.uploads += 1
        try:
            yield
        finally:
            self.traffic.uploads -= 1


def noted_of(scope: HTTPScope) -> Noted:
    """Return what is noted about a request; of one that nobody counts, what nobody reads."""
    found = scope.get("state", {}).get(NOTED)
    return cast("Noted", found) if found else Noted(Traffic())


class RouteNotes:
    """Notes the route that the framework finds for a request."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, then look."""
        try:
            await self._application(scope, receive, send)
        finally:
            if scope["type"] == ScopeType.HTTP:
                noted_of(scope).route = scope.get("path_template", "")
