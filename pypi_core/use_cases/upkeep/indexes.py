"""Create indexes on this server, and change how they behave."""

from __future__ import annotations

from pypi_core.domain.accounts import Actor
from pypi_core.domain.indexes import IndexRecord, IndexSettings, check_settings, parse_index_name
from pypi_core.domain.permissions import require_administrator
from pypi_core.domain.site_events import IndexConfigured, IndexCreated
from pypi_core.ports.accounts import OpenSiteUnitOfWork


class CreateIndex:
    """
    Create an empty index.

    Raises:
        InvalidSetting: The name or a setting is not acceptable.
        IndexAlreadyExists: There is one of that name.
    """

    def __init__(self, open_unit_of_work: OpenSiteUnitOfWork) -> None:
        self._open_unit_of_work = open_unit_of_work

    def __call__(self, actor: Actor, name: str, settings: IndexSettings) -> IndexRecord:
        permit = require_administrator(actor)
        parsed = parse_index_name(name)
        check_settings(settings)
        with self._open_unit_of_work(permit) as uow:
            record = uow.indexes.add(parsed, settings)
            uow.record_event(IndexCreated(index=parsed, settings=settings))
            uow.commit()
            return record


class ConfigureIndex:
    """
    Change the settings of an index.

    All settings are replaced.

    Raises:
        InvalidSetting: A setting is not acceptable.
        IndexNotFound: There is none of that name.
    """

    def __init__(self, open_unit_of_work: OpenSiteUnitOfWork) -> None:
        self._open_unit_of_work = open_unit_of_work

    def __call__(self, actor: Actor, name: str, settings: IndexSettings) -> IndexRecord:
        permit = require_administrator(actor)
        parsed = parse_index_name(name)
        check_settings(settings)
        with self._open_unit_of_work(permit) as uow:
            record = uow.indexes.update(parsed, settings)
            uow.record_event(IndexConfigured(index=parsed, settings=settings))
            uow.commit()
            return record
