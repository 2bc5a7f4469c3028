"""What holds for every test."""

from __future__ import annotations

import gc

from hypothesis import settings

# No test has a time limit: a busy machine is not a bug.
settings.register_profile("without-deadline", deadline=None)
settings.load_profile("without-deadline")


def pytest_collection_finish() -> None:
    """
    Keep the garbage collector away from the tests themselves.

    There are thousands, and looking at all of them again and again took a fifth of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
