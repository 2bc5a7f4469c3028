"""Answers about indexes."""

from __future__ import annotations

from typing import Final

import pypi_core
from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexName
from pypi_core.domain.permissions import Subject, may
from pypi_core.index import Index
from pypi_core.simple_api.detail import API_VERSION
from pypi_core.site import Site
from pypi_protocol import PROTOCOL_VERSION
from pypi_protocol.records.indexes import Capability, IndexList, IndexStatus, ListedIndex
from pypi_protocol.records.parameters import NoParameters

SOFTWARE: Final = f"pypi-core {pypi_core.__version__}"


def index_status(index: Index, actor: Actor, parameters: NoParameters) -> IndexStatus:
    serial = index.journal.last_serial(actor)
    record = index.reading.record()
    settings = record.settings
    return IndexStatus(
        name=record.name,
        title=settings.title,
        protocol=PROTOCOL_VERSION,
        software=SOFTWARE,
        serial=serial,
        reading=settings.reading,
        new_projects=settings.new_projects,
        largest_file=settings.largest_file,
        largest_project=settings.largest_project,
        remote_images="shown" if settings.shows_remote_images else "hidden",
        capabilities=_CAPABILITIES,
        file_origins=tuple(index.downloads.origins),
    )


_CAPABILITIES = (
    Capability(name="json-rpc", version=PROTOCOL_VERSION, url="rpc"),
    Capability(name="simple", version=API_VERSION, url="simple/"),
    Capability(name="metadata-files", url="packages/"),
    Capability(name="legacy-upload", version="1", url="legacy/"),
    Capability(name="legacy-json", url="pypi/"),
    Capability(name="xml-rpc", url="pypi"),
    Capability(name="changes", url="changes"),
    Capability(name="upload", url="upload/"),
    Capability(name="docs", url="docs/"),
)


class SiteAnswers:
    """Answers about the indexes of *site*."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def index_list(self, index: Index, actor: Actor, parameters: NoParameters) -> IndexList:
        return IndexList(
            indexes=tuple(
                ListedIndex(
                    name=each.name,
                    title=each.settings.title,
                    url=_root_of(each.name),
                    reading=each.settings.reading,
                )
                for each in self._site.indexes()
                if may(actor, Action.READ, Subject(index=each.name, settings=each.settings))
            )
        )


def _root_of(name: IndexName) -> str:
    return "" if name == DEFAULT_INDEX else f"i/{name}/"
