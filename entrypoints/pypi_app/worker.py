"""The worker: does what commits left to do, and sweeps now and then."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from pypi_core.errors import Unavailable
from pypi_core.ports.changes import ChangeSignal
from pypi_core.site import Site

_logger = logging.getLogger(__name__)

_GLANCE = 0.1
"""Seconds between two looks at the change signal, which costs microseconds."""
_LONGEST_WAIT = 5.0
"""Seconds after which the outbox is asked anyway: a retry may have come due."""
_SWEEP_EVERY = 6 * 3600.0
_COUNT_EVERY = 600.0
_LONGEST_PAUSE = 60.0

Hear = Callable[[float], bool]
"""Waits for so many seconds, or until it hears of a commit; returns whether to look at the signal."""


def work(site: Site, signal: ChangeSignal, stop: threading.Event, hear: Hear | None = None) -> None:
    """
    Work off the outbox until *stop* is set.

    *hear* waits for a commit in place of looking at *signal* again and again.  A database that does
    not answer is asked again after a pause; no error ends the worker.
    """
    _rebuild_empty_indexes(site)
    pause = _GLANCE
    next_sweep = time.monotonic() + _SWEEP_EVERY
    next_count = time.monotonic()
    while not stop.is_set():
        try:
            seen = signal.generation()
            if site.work_off_outbox() == 0:
                _wait(signal, seen, stop, hear or (lambda seconds: not stop.wait(seconds)))
            if time.monotonic() >= next_sweep:
                next_sweep = time.monotonic() + _SWEEP_EVERY
                given_up = site.sweep_uploads()
                _logger.info(
                    "swept: %s, %s, %d upload sessions", site.sweep_blobs(), site.forget_history(), given_up
                )
            if time.monotonic() >= next_count:
                next_count = time.monotonic() + _COUNT_EVERY
                for record in site.indexes():
                    site.index(record.name).count_sizes()
            pause = _GLANCE
        except Exception as error:
            is_expected = isinstance(error, Unavailable)
            _logger.error(  # noqa: TRY400 - of a database that is away, the trace tells nothing
                "the worker pauses for %.1f s and goes on: %s", pause, error, exc_info=not is_expected
            )
            stop.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)


def _rebuild_empty_indexes(site: Site) -> None:
    """Rebuild the search of each index whose file was damaged or is of an older version."""
    for record in site.indexes():
        try:
            if count := site.index(record.name).rebuild_search(only_if_empty=True):
                _logger.info("filled the search of %s with %d projects", record.name, count)
        except Unavailable as error:
            _logger.warning("the search of %s could not be filled: %s", record.name, error)
        except Exception:
            _logger.exception("the search of %s could not be filled", record.name)


def _wait(signal: ChangeSignal, seen: int, stop: threading.Event, hear: Hear) -> None:
    """Wait until something is committed, some seconds have passed, or *stop* is set."""
    until = time.monotonic() + _LONGEST_WAIT
    while time.monotonic() < until and not stop.is_set():
        if signal.generation() != seen:
            return
        while not hear(_GLANCE) and time.monotonic() < until and not stop.is_set():
            pass
