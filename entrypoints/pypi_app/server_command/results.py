"""What ``--json`` prints, command by command."""

from __future__ import annotations

from datetime import datetime

import msgspec

from pypi_protocol.records.projects import RoleDescription
from pypi_protocol.records.tokens import ScopeDescription


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An account, without its password."""

    username: str
    administrator: bool
    created: datetime
    disabled: bool


class Accounts(msgspec.Struct, frozen=True, kw_only=True):
    """All accounts, by user name."""

    accounts: tuple[Account, ...]


class DisabledAccount(msgspec.Struct, frozen=True, kw_only=True):
    """The account that was disabled, and the projects of which it is the only owner."""

    username: str
    only_owner_of: tuple[str, ...]


class ChangedAccount(msgspec.Struct, frozen=True, kw_only=True):
    """The account that was created or changed."""

    username: str


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token without its secret; without ``expires`` it never expires."""

    id: str
    username: str
    description: str
    scope: ScopeDescription
    created: datetime
    expires: datetime | None


class NewToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token with its secret, which is shown this once."""

    secret: str
    token: Token

    def __repr__(self) -> str:
        return f"NewToken({self.token.id!r})"


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens, the oldest first."""

    tokens: tuple[Token, ...]


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """The rules for uploads to an index; *switches* says of each whether what it is about is allowed."""

    index: str
    switches: dict[str, bool]
    platform_tags: tuple[str, ...]
    prohibited_names: tuple[str, ...]
    release_open_days: int | None


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """An index and its settings; sizes are in bytes."""

    name: str
    title: str
    reading: str
    new_projects: str
    largest_file: int
    largest_project: int | None
    upload_session_days: int
    remote_images: str


class Indexes(msgspec.Struct, frozen=True, kw_only=True):
    """All indexes, by name."""

    indexes: tuple[Index, ...]


class ProjectState(msgspec.Struct, frozen=True, kw_only=True):
    """The status of a project (PEP 792) and why it has it."""

    name: str
    status: str
    reason: str


class ChangedProject(msgspec.Struct, frozen=True, kw_only=True):
    """What was deleted, yanked or unyanked: a project, or one release or file of it."""

    name: str
    version: str | None
    filename: str | None


class Roles(msgspec.Struct, frozen=True, kw_only=True):
    """Every account that has a role in a project."""

    name: str
    roles: tuple[RoleDescription, ...]


class ChangedRole(msgspec.Struct, frozen=True, kw_only=True):
    """The role that an account has in a project now; ``None`` after it was revoked."""

    name: str
    username: str
    role: str | None


class DamagedFile(msgspec.Struct, frozen=True, kw_only=True):
    """
    A listed file, or part of documentation, whose bytes are not what was published.

    ``store`` is the setting of the store that it is in, and ``repaired`` says that the bytes are right again.
    """

    index: str
    filename: str
    damage: str
    path: str
    store: str
    repaired: bool


class Damage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is damaged."""

    damaged: tuple[DamagedFile, ...]


class CopiedStore(msgspec.Struct, frozen=True, kw_only=True):
    """
    How many objects were copied, their bytes, and how many were there already or are listed by nothing.

    ``damaged`` are the paths of those that were not copied because their bytes are wrong.
    """

    copied: int
    bytes: int
    present: int
    unlisted: int
    damaged: tuple[str, ...]


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep freed: stored objects and their bytes, abandoned uploads, expired upload sessions."""

    objects: int
    bytes: int
    uploads: int
    upload_sessions: int


class RebuiltSearch(msgspec.Struct, frozen=True, kw_only=True):
    """How many projects the search of an index was told of."""

    index: str
    projects: int


class RebuiltSearches(msgspec.Struct, frozen=True, kw_only=True):
    """The searches that were rebuilt."""

    searches: tuple[RebuiltSearch, ...]


class PeriodicWork(msgspec.Struct, frozen=True, kw_only=True):
    """
    Work that comes back: when a worker last began and ended it, and when it is due again.

    ``error`` is what it last failed of; empty if it did not.  With ``lease_until`` a worker has it now.
    """

    name: str
    due: datetime
    lease_until: datetime | None
    began: datetime | None
    ended: datetime | None
    error: str


class OutboxStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How much work is left to workers; ``oldest`` says since when the oldest waits that is not buried."""

    waiting: int
    claimed: int
    buried: int
    oldest: datetime | None
    periodic: tuple[PeriodicWork, ...]


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """
    Work that an upload or another change left to a worker.

    ``state`` is ``waiting``, ``claimed`` or ``buried``; ``error`` is what the last attempt failed of.
    """

    id: int
    index: str
    kind: str
    project: str
    state: str
    attempts: int
    since: datetime | None
    due: datetime | None
    lease_until: datetime | None
    error: str


class Tasks(msgspec.Struct, frozen=True, kw_only=True):
    """Work left to workers, by id."""

    tasks: tuple[Task, ...]


class ChangedTasks(msgspec.Struct, frozen=True, kw_only=True):
    """The ids of the tasks that are tried again or were dropped."""

    ids: tuple[int, ...]


class RebuiltIndexPages(msgspec.Struct, frozen=True, kw_only=True):
    """Of how many projects of an index the pages were rendered."""

    index: str
    projects: int


class RebuiltPages(msgspec.Struct, frozen=True, kw_only=True):
    """The pages that were rebuilt, by index."""

    pages: tuple[RebuiltIndexPages, ...]


class BackedUp(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a backup consists of.

    ``made`` is the moment after which its rows were read, ``serials`` are the last of each index then.
    ``files`` and ``bytes`` are all that rows point at, ``copied_files`` and ``copied_bytes`` those that were
    not there before.  ``damaged`` are the paths of stored files that the index itself has lost.
    """

    folder: str
    made: datetime
    serials: dict[str, int]
    rows: int
    files: int
    bytes: int
    copied_files: int
    copied_bytes: int
    damaged: tuple[str, ...]


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """
    What was restored, as of when the backup was ``made``.

    ``serials`` are the last of each index from now on.  ``damaged`` are the paths of stored files that the
    backup has not got, because they were lost before.
    """

    made: datetime
    serials: dict[str, int]
    rows: int
    files: int
    bytes: int
    copied_files: int
    copied_bytes: int
    damaged: tuple[str, ...]


class Migrated(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the tables are those of this version, which they are from now on."""

    current: bool


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """
    Where a server that has just started is found.

    ``token_file`` has the first owner's token; ``first_start`` says whether that account was created now.
    """

    url: str
    data: str
    token_file: str
    first_start: bool


class CopiedDatabase(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows were copied."""

    rows: int


class ReopenedDatabase(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the database had been closed, as its rows were copied to another one."""

    was_closed: bool
