"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

# No test has a time limit: a busy machine is not a bug.
settings.register_profile("without-deadline", deadline=None)
settings.load_profile("without-deadline")
