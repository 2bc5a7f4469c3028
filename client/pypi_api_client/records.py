"""What an index keeps beside its files: itself, its journal, documentation, people, tokens, uploads."""

from __future__ import annotations

from datetime import datetime

import msgspec

from pypi_api_client.models import Metadata, RemoteFile, Yanked
from pypi_api_client.problems import Problem


class Capability(msgspec.Struct, frozen=True, kw_only=True):
    """A way to talk to an index, such as ``simple`` or ``json-rpc``; the URL is absolute."""

    name: str
    version: str = ""
    url: str = ""


class IndexStatus(msgspec.Struct, frozen=True, kw_only=True):
    """
    What an index says of itself; what it does not tell is empty.

    ``protocol`` is the version of JSON-RPC's methods that it follows, ``reading`` is ``public`` or
    ``private``, ``new_projects`` who may create some, ``largest_file`` and ``largest_project``
    limits in bytes.
    """

    name: str = ""
    title: str = ""
    protocol: str = ""
    software: str = ""
    serial: int | None = None
    reading: str = ""
    new_projects: str = ""
    largest_file: int | None = None
    largest_project: int | None = None
    capabilities: tuple[Capability, ...] = ()

    def can(self, name: str) -> bool:
        """Tell whether it can be talked to in the way of this name."""
        return any(each.name == name for each in self.capabilities)


class ListedIndex(msgspec.Struct, frozen=True, kw_only=True):
    """One of the indexes of a server; the URL is absolute."""

    name: str
    title: str
    url: str
    reading: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """
    An entry of an index's journal.

    ``action`` is what mirrors know from XML-RPC, such as ``new release``; there may be words
    that this client does not know.
    """

    serial: int
    project: str
    action: str
    timestamp: datetime
    version: str | None = None


class ChangesPage(msgspec.Struct, frozen=True, kw_only=True):
    """Changes by their serials; *since* is what to ask for next, *more* tells that there is more now."""

    changes: tuple[Change, ...]
    since: int
    more: bool


class Documentation(msgspec.Struct, frozen=True, kw_only=True):
    """
    The documentation of a version.

    ``state`` is ``unpacking`` or ``ready``; only what is ready can be read at ``url``.  The ZIP
    of it is at ``archive_url``; ``size`` and ``sha256`` are those of the ZIP.
    """

    version: str
    state: str
    url: str
    archive_url: str
    size: int
    sha256: str
    uploaded: datetime
    is_being_replaced: bool = False


class ProjectDocumentation(msgspec.Struct, frozen=True, kw_only=True):
    """
    The documentation of a project, and which versions ``latest`` and ``stable`` are.

    ``name`` is the normalised name of the project.
    """

    name: str
    versions: tuple[Documentation, ...]
    latest: str | None = None
    stable: str | None = None


class CreatedProject(msgspec.Struct, frozen=True, kw_only=True):
    """A new project, without releases."""

    name: str
    display_name: str
    serial: int


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """Who has which role in a project: ``Owner`` or ``Maintainer``."""

    username: str
    role: str


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """A release with its metadata and files; ``name`` is that of its project."""

    name: str
    version: str
    created: datetime
    yanked: Yanked
    metadata: Metadata
    files: tuple[RemoteFile, ...]


class FoundFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file, and what it belongs to."""

    project: str
    version: str
    file: RemoteFile


class FileStatus(msgspec.Struct, frozen=True, kw_only=True):
    """
    What became of a file name.

    ``state`` is ``offered``, ``yanked``, ``quarantined``, ``deleted`` or ``unknown``; ``visible``
    tells whether installers see it, ``why`` explains it.
    """

    filename: str
    state: str
    visible: bool
    why: str
    yanked: Yanked = False
    size: int | None = None
    hashes: dict[str, str] = msgspec.field(default_factory=dict)
    metadata_sha256: str | None = None


class TokenScope(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a token is narrowed to; ``None`` is everything.

    Actions are ``read``, ``create-project``, ``upload``, ``yank``, ``delete`` and ``manage``.
    """

    indexes: tuple[str, ...] | None = None
    projects: tuple[str, ...] | None = None
    actions: tuple[str, ...] | None = None


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token without its secret; without ``expires`` it has no end."""

    id: str
    description: str
    scope: TokenScope
    created: datetime
    expires: datetime | None = None


class NewToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token with its secret, which is told this once."""

    secret: str
    token: Token

    def __repr__(self) -> str:
        return f"NewToken({self.token.id!r})"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """
    Who is calling: ``username`` is ``None`` where no credentials were sent.

    ``proof`` is ``none``, ``token`` or ``password``; ``scope`` what the token is narrowed to.
    """

    username: str | None
    administrator: bool
    proof: str
    scope: TokenScope


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What an index would say of metadata or a file name: every problem, and what it lets pass."""

    valid: bool
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    name: str | None = None
    version: str | None = None
