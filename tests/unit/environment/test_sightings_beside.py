"""Sightings that nobody waits for."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from pypi_core.domain.accounts import TokenId
from pypi_core.domain.web_sessions import WebSessionId
from pypi_core.errors import Unavailable
from pypi_environment.sightings_beside import SightingsBeside

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Slow:
    """Writes only when it is let, and fails on tokens."""

    def __init__(self) -> None:
        self.may_write = threading.Event()
        self.written: list[str] = []

    def saw_session(self, session_id: WebSessionId, moment: datetime) -> None:
        self.may_write.wait()
        self.written.append(session_id)

    def saw_token(self, token_id: TokenId, moment: datetime) -> None:
        raise Unavailable(f"The database is busy with {token_id}.")

    def forget_sessions(self, expired: datetime, unseen_since: datetime) -> int:
        return 7


def test_many_uses_at_once_are_one_note_and_nobody_waits_for_it() -> None:
    slow = Slow()
    beside = SightingsBeside(slow)
    for _ in range(100):
        beside.saw_session(WebSessionId("one"), NOW)
    slow.may_write.set()
    beside.settle()
    assert slow.written == ["one"]
    beside.saw_session(WebSessionId("one"), NOW)
    beside.settle()

    assert slow.written == ["one", "one"]
    assert beside.forget_sessions(NOW, NOW) == 7


def test_a_note_that_cannot_be_written_is_logged_and_the_next_is_written(
    caplog: pytest.LogCaptureFixture,
) -> None:
    slow = Slow()
    slow.may_write.set()
    beside = SightingsBeside(slow)
    beside.saw_token(TokenId("a-token"), NOW)
    beside.saw_session(WebSessionId("one"), NOW)
    beside.settle()

    assert slow.written == ["one"]
    assert "The database is busy" in caplog.text
