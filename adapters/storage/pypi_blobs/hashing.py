"""All digests of a content at the price of the slowest."""

from __future__ import annotations

from concurrent.futures import Executor, Future

from pypi_core.domain.digests import Digests, Hasher

# Measured: below this, handing a chunk to other threads costs more than hashing it here.
_WORTH_A_THREAD = 256 * 1024


class SideBySideHasher:
    """
    Compute all digests of a content while it passes by, large chunks in several threads.

    hashlib lets go of the interpreter lock.  `update` returns while the slower algorithms
    are still at work on the chunk, so that the next one can be fetched meanwhile.
    """

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._hasher = Hasher()
        self._pending: list[Future[None]] = []

    def update(self, chunk: bytes) -> None:
        self._wait()
        if len(chunk) < _WORTH_A_THREAD:
            self._hasher.update(chunk)
            return
        *others, here = self._hasher.updates
        self._pending = [self._executor.submit(update, chunk) for update in others]
        here(chunk)

    def digests(self) -> Digests:
        self._wait()
        return self._hasher.digests()

    def _wait(self) -> None:
        for each in self._pending:
            each.result()
        self._pending = []
