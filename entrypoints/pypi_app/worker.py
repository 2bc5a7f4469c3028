"""The worker: does what commits left to do, and what comes back every few minutes or hours."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from pypi_core.domain.indexes import IndexName
from pypi_core.errors import Unavailable
from pypi_core.ports.changes import ChangeSignal
from pypi_core.site import Site

_logger = logging.getLogger(__name__)

_GLANCE = 0.1
"""Seconds between two looks at the change signal, which costs microseconds."""
_LONGEST_WAIT = 5.0
"""Seconds after which the outbox, and what comes back, is asked anyway: something may have come due."""
_LONGEST_PAUSE = 60.0
_ENDS_WITHIN = 10.0

Hear = Callable[[float], bool]
"""Waits for so many seconds, or until it hears of a commit; returns whether to look at the signal."""


def work(site: Site, signal: ChangeSignal, stop: threading.Event, hear: Hear | None = None) -> None:
    """
    Work off the outbox until *stop* is set.

    *hear* waits for a commit in place of looking at *signal* again and again.  A reaction that is under way
    is finished first.  A database that does not answer is asked again after a pause; no error ends the
    worker.
    """
    # A sweep may take long, and no search waits for it.  A daemon: what is cut off is begun anew elsewhere.
    beside = threading.Thread(target=_do_periodic_work, args=(site, stop), name="periodic-work", daemon=True)
    beside.start()
    fill_empty_searches = _FillingSearches(site)
    listen = hear or (lambda seconds: not stop.wait(seconds))

    def react() -> None:
        # What is put into an empty search hides that it is empty.
        fill_empty_searches()
        seen = signal.generation()
        if site.work_off_outbox(is_stopping=stop.is_set) == 0:
            _wait(signal, seen, stop, listen)

    _repeat(react, stop)
    beside.join(_ENDS_WITHIN)


def _do_periodic_work(site: Site, stop: threading.Event) -> None:
    def look() -> None:
        site.do_periodic_work(is_stopping=stop.is_set)
        stop.wait(_LONGEST_WAIT)

    _repeat(look, stop)


def _repeat(step: Callable[[], None], stop: threading.Event) -> None:
    pause = _GLANCE
    while not stop.is_set():
        try:
            step()
            pause = _GLANCE
        except Exception as error:
            is_expected = isinstance(error, Unavailable)
            _logger.error(  # noqa: TRY400 - of a database that is away, the trace tells nothing
                "the worker pauses for %.1f s and goes on: %s", pause, error, exc_info=not is_expected
            )
            stop.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)


class _FillingSearches:
    """
    Fills the search of each index whose file was damaged or is of an older version, or which is new.

    A search engine that is away when the worker starts is looked at again until it is there.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._left: Sequence[IndexName] | None = None
        self._next = 0.0

    def __call__(self) -> None:
        if self._left is None:
            self._left = [each.name for each in self._site.indexes()]
        while self._left and time.monotonic() >= self._next:
            name, *others = self._left
            try:
                self._fill(name)
            except Unavailable as error:
                self._next = time.monotonic() + _LONGEST_WAIT
                _logger.warning("the search of %s cannot be filled yet: %s", name, error)
            else:
                self._left = others

    def _fill(self, name: IndexName) -> None:
        try:
            if count := self._site.index(name).rebuild_search(only_if_empty=True):
                _logger.info("filled the search of %s with %d projects", name, count)
        except Unavailable:
            raise
        except Exception:
            _logger.exception("the search of %s could not be filled", name)


def _wait(signal: ChangeSignal, seen: int, stop: threading.Event, hear: Hear) -> None:
    """Wait until something is committed, some seconds have passed, or *stop* is set."""
    until = time.monotonic() + _LONGEST_WAIT
    while time.monotonic() < until and not stop.is_set():
        if signal.generation() != seen:
            return
        while not hear(_GLANCE) and time.monotonic() < until and not stop.is_set():
            pass
