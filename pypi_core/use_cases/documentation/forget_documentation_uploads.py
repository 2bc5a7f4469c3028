"""Forget uploads of documentation that nobody completed."""

from __future__ import annotations

from datetime import datetime

from pypi_core.domain.accounts import OPERATOR
from pypi_core.ports.transactions import OpenUnitOfWork


class ForgetDocumentationUploads:
    """Take out the uploads of one index that are too old to be completed; their bytes go with the sweep."""

    def __init__(self, open_unit_of_work: OpenUnitOfWork) -> None:
        self._open_unit_of_work = open_unit_of_work

    def __call__(self, begun_before: datetime) -> int:
        """Forget what was begun before that moment and return how many there were."""
        with self._open_unit_of_work(OPERATOR) as uow:
            forgotten = uow.documentation.forget_uploads(begun_before)
            if forgotten:
                uow.commit()
        return forgotten
