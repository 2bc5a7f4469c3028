"""Signs of life from a thread beside the work."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypi_core.ports.environment import HeartBeat

_logger = logging.getLogger(__name__)


@contextmanager
def heart_beat(beat: Callable[[], bool], every: timedelta) -> Iterator[None]:
    """Call *beat* in a thread of its own, see `HeartBeat`; it is not running any more after the block."""
    is_over = Event()
    beating = Thread(
        target=_beat, args=(beat, every.total_seconds(), is_over), name="heart-beat", daemon=True
    )
    beating.start()
    try:
        yield
    finally:
        is_over.set()
        beating.join()


def _beat(beat: Callable[[], bool], every: float, is_over: Event) -> None:
    while not is_over.wait(every):
        try:
            if not beat():
                _logger.warning("this work took longer than its lease: another worker may have begun it")
                return
        except Exception as error:  # a database that does not answer may do so in time for the next beat
            _logger.warning("a lease could not be extended: %s", error)


if TYPE_CHECKING:
    _: HeartBeat = heart_beat
