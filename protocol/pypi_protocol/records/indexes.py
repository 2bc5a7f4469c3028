"""Indexes, and what they offer."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


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
    file_origins: Annotated[
        tuple[str, ...],
        Meta(
            description="Scheme, host and port, as in https://files.example, of every other server to which "
            "a download may be redirected."
        ),
    ] = ()

    def can(self, name: str) -> bool:
        """Return whether it can be talked to in the way of this name."""
        return any(each.name == name for each in self.capabilities)


class ListedIndex(msgspec.Struct, frozen=True, kw_only=True):
    """One of the indexes of a server."""

    name: str
    title: str
    url: Annotated[str, Meta(description="Its root, relative to the root of the server.")]
    reading: str


class IndexList(msgspec.Struct, frozen=True, kw_only=True):
    """The indexes that the caller may read."""

    indexes: tuple[ListedIndex, ...]
