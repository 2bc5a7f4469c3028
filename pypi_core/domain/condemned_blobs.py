"""Stored objects that no row points at, on their way out."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

_CLOCKS_AGREE = timedelta(minutes=1)


class CondemnedState(StrEnum):
    """How far an object is on its way out."""

    CONDEMNED = "condemned"
    DELETING = "deleting"
    DELETED = "deleted"


class CondemnedBlob(msgspec.Struct, frozen=True):
    """The state of an object, and the moment when it entered that state."""

    state: CondemnedState
    since: datetime

    def may_take(self, put: datetime) -> bool:
        """
        Return whether the object may be deleted, or may have been, after it was put at *put*.

        The two moments may be of different machines, whose clocks agree to a minute.
        """
        match self.state:
            case CondemnedState.CONDEMNED:
                return False
            case CondemnedState.DELETING:
                return True
            case CondemnedState.DELETED:
                return self.since + _CLOCKS_AGREE > put
