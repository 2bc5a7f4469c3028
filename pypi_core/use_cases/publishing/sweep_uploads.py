"""Forget upload sessions whose time is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.upload_sessions import UploadSession
from pypi_core.ports.environment import Clock
from pypi_core.ports.transactions import OpenSnapshot, OpenUnitOfWork
from pypi_core.use_cases.publishing.session_files import SessionFiles

_AT_A_TIME: Final = 100


@dataclass(frozen=True, eq=False)
class SweepUploads:
    """
    Forget the sessions that nobody published in time, with their bytes, and finished ones after a while.

    Returns how many sessions of the index expired, finished ones not counted.  May run beside
    everything else, and twice at once.
    """

    open_snapshot: OpenSnapshot
    open_unit_of_work: OpenUnitOfWork
    session_files: SessionFiles
    clock: Clock

    def __call__(self) -> int:
        abandoned = 0
        while swept := self._sweep_some():
            # Only now: as long as there is the row, somebody may be told to go on.
            for each in swept:
                self.session_files.forget(each)
                abandoned += each.state.is_live
        return abandoned

    def _sweep_some(self) -> Sequence[UploadSession]:
        now = self.clock.now()
        with self.open_snapshot() as snapshot:
            # Mostly there is nothing, and nobody has to wait for a turn to write.
            if not snapshot.upload_sessions.expired(now, 1):
                return ()
        with self.open_unit_of_work(OPERATOR) as uow:
            swept = uow.upload_sessions.expired(now, _AT_A_TIME)
            for each in swept:
                uow.upload_sessions.delete(each.id)
            uow.commit()
        return swept
