"""How many connections there may be, in all and of one client, and how much may wait to be sent."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from enum import Enum
from typing import Protocol

from uvicorn._types import HTTPScope

from pypi_app.settings import ConnectionLimits
from pypi_core.domain.origins import network_of
from pypi_http_api.proxies import TrustedProxies
from pypi_http_api.request_log import LineBudget
from pypi_http_api.traffic import Sample

_logger = logging.getLogger(__name__)

# Clients over a limit that may send a request all the same, to be told about it; more are closed at once.
_MOST_TURNED_AWAY = 64
_SECONDS_BETWEEN_WARNINGS = 60.0

TOO_MANY_IN_ALL = "The server has no free connections: try again in a moment."
TOO_MANY_OF_CLIENT = "There are too many connections from your address: close some, then try again."


class Admission(Enum):
    """What becomes of a new connection."""

    ADMITTED = "admitted"
    TURNED_AWAY = "turned away"
    """It may send a request, which is answered with 503."""
    CLOSED = "closed"


class Sender(Protocol):
    """A connection with an answer that the client has not taken yet."""

    def unsent(self) -> int:
        """Return how many bytes wait."""
        ...

    def pace(self, now: float) -> float:
        """Return how many bytes the client took in a second since the answer began to wait."""
        ...

    def abort(self) -> None:
        """Break the connection off and drop what waits."""
        ...


class Connections:
    """
    Counts the connections of the server, and the requests that trusted proxies pass on.

    An address counts as one client, a whole /64 network of IPv6 too.  The connections of a
    trusted proxy count in all only: behind it, the requests that are being answered count for
    the client that the proxy names.  All this runs on the event loop and needs no lock.

    Attributes:
        limits: How many there may be.
        are_ending: Whether each takes one more request, and is closed then.
    """

    def __init__(self, limits: ConnectionLimits, proxies: TrustedProxies) -> None:
        self.limits = limits
        self.are_ending = False
        self._refused: Counter[str] = Counter()
        self._proxies = proxies
        self._admitted = 0
        self._turned_away = 0
        self._of_network: Counter[str] = Counter()
        self._requests: Counter[str] = Counter()
        self._sending: dict[Sender, None] = {}
        self._warned_at: float | None = None
        self._refusals = LineBudget(_logger)

    def is_proxy(self, address: str) -> bool:
        """Return whether what *address* says of its clients is believed."""
        return self._proxies.trusts(address)

    def admit(self, address: str, now: float) -> tuple[Admission, str]:
        """Count a new connection from *address*; return what becomes of it, and the reason."""
        network = network_of(address)
        if self._admitted >= self.limits.total:
            return self._turn_away(TOO_MANY_IN_ALL, address, now)
        if not self._proxies.trusts(address):
            if self._of_network[network] >= self.limits.per_address:
                return self._turn_away(TOO_MANY_OF_CLIENT, address, now)
            self._of_network[network] += 1
        self._admitted += 1
        return Admission.ADMITTED, ""

    def leave(self, address: str, admission: Admission) -> None:
        """Forget a connection that has ended."""
        if admission is Admission.TURNED_AWAY:
            self._turned_away -= 1
        elif admission is Admission.ADMITTED:
            self._admitted -= 1
            if not self._proxies.trusts(address):
                _discount(self._of_network, network_of(address))

    def begin_request(self, scope: HTTPScope) -> str | None:
        """
        Count a request, and return what `end_request` wants.

        Returns ``None`` when its client, named by a trusted proxy, has too many already.
        """
        peer = scope["client"]
        if peer is None or not self._proxies.trusts(peer[0]):
            return ""
        client = self._proxies.client(scope)  # type: ignore[arg-type]
        if self._proxies.trusts(client):
            return ""
        network = network_of(client)
        if self._requests[network] >= self.limits.per_address:
            return None
        self._requests[network] += 1
        return network

    def end_request(self, network: str) -> None:
        """Forget a request that was answered."""
        if network:
            _discount(self._requests, network)

    def note_refusal(self, address: str, status: int, sentence: str, now: float) -> None:
        """Count and log what the server refused by itself."""
        self._refused[str(status)] += 1
        if self._refusals.permits(now):
            _logger.info('%s - refused %d "%s"', address or "-", status, sentence)

    def begin_sending(self, sender: Sender, now: float) -> None:
        """
        Note an answer that has to wait for its client.

        While more waits than is permitted, the connections with the slowest clients are broken off.
        """
        self._sending[sender] = None
        waiting = sum(each.unsent() for each in self._sending)
        if waiting <= self.limits.unsent:
            return
        for each in sorted(self._sending, key=lambda each: each.pace(now)):
            waiting -= each.unsent()
            each.abort()
            self._warn(now, "answers that clients do not take fill the memory: the slowest are broken off")
            if waiting <= self.limits.unsent:
                return

    def end_sending(self, sender: Sender) -> None:
        """Forget an answer that was taken, or never will be."""
        self._sending.pop(sender, None)

    def _turn_away(self, sentence: str, address: str, now: float) -> tuple[Admission, str]:
        self._warn(now, "connections are turned away, of %s for one: %s", address, sentence)
        if self._turned_away >= _MOST_TURNED_AWAY:
            self._refused["closed"] += 1
            return Admission.CLOSED, sentence
        self._turned_away += 1
        return Admission.TURNED_AWAY, sentence

    def samples(self) -> Mapping[Sample, float]:
        """Return how many connections there are, and what was refused."""
        refused: dict[Sample, float] = {
            ("pypi_refused_total", status): count for status, count in self._refused.items()
        }
        return {**refused, ("pypi_connections",): self._admitted + self._turned_away}

    def _warn(self, now: float, message: str, *values: str) -> None:
        # An attacker must not fill the log either.
        if self._warned_at is None or now - self._warned_at >= _SECONDS_BETWEEN_WARNINGS:
            self._warned_at = now
            _logger.warning(message, *values)


def _discount(counts: Counter[str], key: str) -> None:
    counts[key] -= 1
    if counts[key] <= 0:
        del counts[key]
