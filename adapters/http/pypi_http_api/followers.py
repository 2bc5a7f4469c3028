"""How many clients may be kept waiting for what happens next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from pypi_core.domain.origins import network_of
from pypi_core.errors import Unavailable


class Followers:
    """Counts them, *total* at the most, and *per_address* at one address; on the event loop alone."""

    def __init__(self, total: int, per_address: int) -> None:
        self._total = total
        self._per_address = per_address
        self._of_network: Counter[str] = Counter()

    @contextmanager
    def place(self, address: str) -> Iterator[None]:
        """
        Take a place for a client at *address* while the block lasts.

        Raises:
            Unavailable: All are taken, or too many of them from this address.
        """
        network = network_of(address)
        if self._of_network[network] >= self._per_address:
            raise Unavailable(
                f"At most {self._per_address} clients at one address follow the changes: "
                "ask for pages, without waiting."
            )
        if self._of_network.total() >= self._total:
            raise Unavailable("Too many clients follow the changes: ask for pages, without waiting.")
        self._of_network[network] += 1
        try:
            yield
        finally:
            self._of_network[network] -= 1
            self._of_network += Counter()  # Forget addresses without any.
