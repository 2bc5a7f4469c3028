"""What ``--json`` prints, command by command."""

from __future__ import annotations

from datetime import datetime

import msgspec

from pypi_api_client.models import RemoteFile
from pypi_protocol.records.changes import ChangeDescription
from pypi_protocol.records.projects import RoleDescription
from pypi_protocol.records.search import CountedValue, FacetDescription, Hit


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """
    Projects found, in the order asked for; *more* says whether others follow.

    If they were asked for, *facets* are the classifiers they carry, *licenses* and *pythons* likewise, and
    *total* is how many there are, or the least that there are if *total_is_at_least*.
    """

    hits: tuple[Hit, ...]
    more: bool
    facets: tuple[FacetDescription, ...] = ()
    licenses: tuple[CountedValue, ...] = ()
    pythons: tuple[CountedValue, ...] = ()
    total: int | None = None
    total_is_at_least: bool = False


class ListedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """
    A version of a project, how many files it has, and whether it was yanked as a whole.

    *released* is when its first file came, if the index says so.
    """

    version: str
    files: int
    yanked: bool | str
    released: datetime | None


class Versions(msgspec.Struct, frozen=True, kw_only=True):
    """The versions of a project, the newest first."""

    name: str
    versions: tuple[ListedVersion, ...]


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where something about a project is found in a browser."""

    name: str
    url: str


class Files(msgspec.Struct, frozen=True, kw_only=True):
    """The files of a project, or of one of its versions."""

    name: str
    version: str | None
    files: tuple[RemoteFile, ...]


class DownloadedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is stored now; *was_there* says whether a good copy was there before."""

    file: str
    name: str
    version: str
    path: str
    sha256: str
    was_there: bool


class DownloadedFiles(msgspec.Struct, frozen=True, kw_only=True):
    """All files that are stored."""

    files: tuple[DownloadedFile, ...]


class CheckedFile(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an index would accept a file, and everything that is wrong with it."""

    filename: str
    good: bool
    problems: tuple[str, ...]
    warnings: tuple[str, ...]


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """All files that were checked."""

    files: tuple[CheckedFile, ...]


class SentFile(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file that was to be published; *outcome* in the words of the reference."""

    filename: str
    outcome: str
    problem: str = ""
    warnings: tuple[str, ...] = ()


class SentDocumentation(msgspec.Struct, frozen=True, kw_only=True):
    """Documentation that the index took: *state* is unpacking or ready, then it can be read at *url*."""

    project: str
    version: str
    state: str
    url: str


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """All files that were to be published, and the documentation that was published with them."""

    files: tuple[SentFile, ...]
    documentation: SentDocumentation | None = None


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting of the configuration file; *value* is empty for one that was taken out."""

    key: str
    value: str


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings of the configuration file."""

    settings: tuple[Setting, ...]


class ConfigurationPath(msgspec.Struct, frozen=True, kw_only=True):
    """Where the configuration file is."""

    path: str


class KnownIndex(msgspec.Struct, frozen=True, kw_only=True):
    """An index that has a name, where that comes from, and whether it is the one meant now."""

    name: str
    url: str
    source: str
    chosen: bool


class Indexes(msgspec.Struct, frozen=True, kw_only=True):
    """All indexes that have names, and the one meant now if it has none."""

    indexes: tuple[KnownIndex, ...]


class ProjectState(msgspec.Struct, frozen=True, kw_only=True):
    """The status of a project (PEP 792) and why it has it."""

    name: str
    status: str
    reason: str


class Roles(msgspec.Struct, frozen=True, kw_only=True):
    """Who has which role in a project."""

    name: str
    roles: tuple[RoleDescription, ...]


class FileReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file on the index; *matches* compares a local copy and is null without one."""

    filename: str
    state: str
    visible: bool
    why: str
    sha256: str | None
    matches: bool | None


class FileReports(msgspec.Struct, frozen=True, kw_only=True):
    """All files asked about."""

    files: tuple[FileReport, ...]


class DescribedRelease(msgspec.Struct, frozen=True, kw_only=True):
    """A release that was described before it has files."""

    name: str
    version: str
    serial: int


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What happened, the oldest first."""

    changes: tuple[ChangeDescription, ...]


class ChangedPassword(msgspec.Struct, frozen=True, kw_only=True):
    """The account whose password was changed where, and how many of its tokens were revoked."""

    index: str
    username: str
    revoked_tokens: int


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """Who you are on which index; *kept* says where the token is."""

    index: str
    username: str
    kept: str


class Logout(msgspec.Struct, frozen=True, kw_only=True):
    """Whether there was a token to forget, and whether it was revoked."""

    index: str
    forgotten: bool
    revoked: bool = False


class CompletionScript(msgspec.Struct, frozen=True, kw_only=True):
    """What a shell has to read to complete commands."""

    shell: str
    script: str
