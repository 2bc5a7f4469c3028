"""The methods ``index.status`` and ``index.list``."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

import pypi_core
from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexName
from pypi_core.domain.permissions import Governed, may
from pypi_core.errors import Forbidden, Unauthenticated
from pypi_core.index import Index
from pypi_core.simple_api.detail import API_VERSION
from pypi_core.site import Site
from pypi_jsonrpc_api.methods import Example, Method, NoParameters

PROTOCOL_VERSION = "1.0"


class Capability(msgspec.Struct, frozen=True, kw_only=True):
    """A way to talk to the index."""

    name: Annotated[
        str,
        Meta(
            description="json-rpc, simple, legacy-upload, xml-rpc, legacy-json, changes, docs, upload, "
            "metadata-files, or one that a later version of this protocol defines."
        ),
    ]
    version: Annotated[str, Meta(description="Of what it follows; empty where that has none.")] = ""
    url: Annotated[str, Meta(description="Where, relative to the root of the index.")]


class IndexStatus(msgspec.Struct, frozen=True, kw_only=True):
    """An index, as somebody needs to know it before anything else."""

    name: str
    title: str
    protocol: Annotated[str, Meta(description="The version of this protocol that the server follows.")]
    software: Annotated[str, Meta(description="Name and version of the server, for people.")]
    serial: Annotated[int, Meta(description="That of the newest journal entry.")]
    reading: Annotated[str, Meta(description="public, or private: reading needs a token.")]
    new_projects: Annotated[str, Meta(description="Who may create projects: accounts or administrators.")]
    largest_file: Annotated[int, Meta(description="In bytes.")]
    largest_project: Annotated[int | None, Meta(description="In bytes; null for no limit.")]
    remote_images: Annotated[
        str, Meta(description="What pages do with images of other hosts: shown, or hidden behind links.")
    ]
    capabilities: tuple[Capability, ...]


class ListedIndex(msgspec.Struct, frozen=True, kw_only=True):
    """One of the indexes of a server."""

    name: str
    title: str
    url: Annotated[str, Meta(description="Its root, relative to the root of the server.")]
    reading: str


class IndexList(msgspec.Struct, frozen=True, kw_only=True):
    """The indexes that the caller may read."""

    indexes: tuple[ListedIndex, ...]


def index_status(index: Index, actor: Actor, parameters: NoParameters) -> IndexStatus:
    """Describe the index: who may do what, how much it takes, and in which ways it can be talked to."""
    serial = index.read_last_serial(actor)
    record = index.read_settings()
    settings = record.settings
    return IndexStatus(
        name=record.name,
        title=settings.title,
        protocol=PROTOCOL_VERSION,
        software=f"pypi-core {pypi_core.__version__}",
        serial=serial,
        reading=settings.reading,
        new_projects=settings.new_projects,
        largest_file=settings.largest_file,
        largest_project=settings.largest_project,
        remote_images="shown" if settings.shows_remote_images else "hidden",
        capabilities=_CAPABILITIES,
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

_STATUS_EXAMPLE = {
    "name": "pypi",
    "title": "The index pypi",
    "protocol": "1.0",
    "software": f"pypi-core {pypi_core.__version__}",
    "serial": 5,
    "reading": "public",
    "new_projects": "accounts",
    "largest_file": 1073741824,
    "largest_project": None,
    "remote_images": "shown",
    "capabilities": [msgspec.to_builtins(each) for each in _CAPABILITIES],
}


def index_methods(site: Site) -> tuple[Method, ...]:
    """Return the methods; *site* has the indexes."""

    def index_list(index: Index, actor: Actor, parameters: NoParameters) -> IndexList:
        """List the indexes of this server that the caller may read."""
        return IndexList(
            indexes=tuple(
                ListedIndex(
                    name=each.name,
                    title=each.settings.title,
                    url=_root_of(each.name),
                    reading=each.settings.reading,
                )
                for each in site.indexes()
                if may(actor, Action.READ, Governed(index=each.name, settings=each.settings))
            )
        )

    return (
        Method(
            name="index.status",
            function=index_status,
            result_name="status",
            summary="Describe the index and what it offers",
            raises=(Unauthenticated, Forbidden),
            examples=(Example(name="a public index", params={}, result=_STATUS_EXAMPLE),),
        ),
        Method(
            name="index.list",
            function=index_list,
            result_name="indexes",
            summary="List the indexes of this server",
            examples=(
                Example(
                    name="two indexes",
                    params={},
                    result={
                        "indexes": [
                            {"name": "pypi", "title": "The index pypi", "url": "", "reading": "public"},
                            {
                                "name": "test",
                                "title": "The index test",
                                "url": "i/test/",
                                "reading": "public",
                            },
                        ]
                    },
                ),
            ),
        ),
    )


def _root_of(name: IndexName) -> str:
    return "" if name == DEFAULT_INDEX else f"i/{name}/"
