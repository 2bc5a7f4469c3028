"""Recent pages in memory, in front of those that are kept."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from pypi_core.ports.pages import Page, PageKey, PageKind, Pages, Validity

# What an entry takes beside the bytes of its page.
_OVERHEAD = 1024


class _Remembered(NamedTuple):
    validity: Validity
    page: Page
    size: int


class RememberedPages:
    """
    Remember up to *capacity_bytes* of the pages used last, in front of *kept*.

    A page put here is only remembered: a request that had to render never writes to what
    keeps pages for all processes; the worker, who does, warms it.
    """

    def __init__(self, kept: Pages, capacity_bytes: int) -> None:
        self._kept = kept
        self._capacity = capacity_bytes
        self._used = 0
        self._pages: OrderedDict[tuple[PageKind, str], _Remembered] = OrderedDict()
        self._lock = Lock()

    def find(self, key: PageKey) -> Page | None:
        """Look in memory, then among the kept, see `Pages.find`."""
        place = (key.kind, key.subject)
        with self._lock:
            remembered = self._pages.get(place)
            if remembered and remembered.validity == key.validity:
                self._pages.move_to_end(place)
                return remembered.page
        page = self._kept.find(key)
        if page is not None:
            self.put(key, page)
        return page

    def put(self, key: PageKey, page: Page) -> None:
        """Remember a page in place of any other validity of it; the least recently used make room."""
        place = (key.kind, key.subject)
        size = len(page.body) + len(page.compressed) + _OVERHEAD
        with self._lock:
            self._forget(place)
            if size > self._capacity:
                return
            self._pages[place] = _Remembered(key.validity, page, size)
            self._used += size
            while self._used > self._capacity:
                self._forget(next(iter(self._pages)))

    def _forget(self, place: tuple[PageKind, str]) -> None:
        if remembered := self._pages.pop(place, None):
            self._used -= remembered.size


if TYPE_CHECKING:
    _: type[Pages] = RememberedPages
