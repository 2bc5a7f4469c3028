"""Signs of life come while work is done, and end with it."""

from __future__ import annotations

import threading
from datetime import timedelta

from pypi_environment.heart_beat import heart_beat

SOON = timedelta(milliseconds=1)


class Beats:
    """Counts beats; each gives what is next of *outcomes*, then the last one for ever."""

    def __init__(self, *outcomes: bool | Exception) -> None:
        self._outcomes = outcomes
        self.count = 0
        self.was_third = threading.Event()

    def __call__(self) -> bool:
        outcome = self._outcomes[min(self.count, len(self._outcomes) - 1)]
        self.count += 1
        if self.count == 3:
            self.was_third.set()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def test_beats_come_while_the_block_runs_and_not_after_it() -> None:
    beats = Beats(True)

    with heart_beat(beats, SOON):
        assert beats.was_third.wait(30)
    at_the_end = beats.count

    assert not threading.Event().wait(0.05)
    assert beats.count == at_the_end


def test_a_beat_that_fails_does_not_end_them() -> None:
    beats = Beats(OSError("no database"), True)

    with heart_beat(beats, SOON):
        assert beats.was_third.wait(30)


def test_a_lost_lease_ends_them() -> None:
    beats = Beats(False)

    with heart_beat(beats, SOON):
        assert not beats.was_third.wait(0.1)

    assert beats.count == 1


def test_work_that_is_short_sends_none() -> None:
    beats = Beats(True)

    with heart_beat(beats, timedelta(hours=1)):
        pass

    assert beats.count == 0
