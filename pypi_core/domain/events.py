"""What happened, in the past tense; each event is one journal entry."""

from __future__ import annotations

from typing import ClassVar

import msgspec
from packaging.version import Version

from pypi_core.domain.accounts import Role
from pypi_core.domain.entities import Project, ProjectStatus, Status, Yank
from pypi_core.domain.names import DisplayName


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """
    Something that happened to *project*, at *version* where one is concerned.

    What is not ``is_public`` changes nothing that a reader sees: it is in the audit log alone, takes
    no serial and makes nothing necessary.
    """

    is_public: ClassVar[bool] = True
    words: ClassVar[str]
    """What the journal says, with fields of the event in braces."""

    project: DisplayName
    version: Version | None = None

    @property
    def journal_action(self) -> str:
        """What the journal says; mirrors parse it (docs/reference/standards/xml-rpc.md#journal-actions)."""
        return self.words.format_map(msgspec.structs.asdict(self))


class ProjectCreated(Event, frozen=True, kw_only=True):
    """A project came into being."""

    words = "create"


class ProjectDeleted(Event, frozen=True, kw_only=True):
    """A project is gone with everything in it; its name is free."""

    words = "remove project"


class ProjectRestored(Event, frozen=True, kw_only=True):
    """A project is what a backup says of it, whatever was seen of it since."""

    words = "restore project"


class StatusEntered(Event, frozen=True, kw_only=True):
    """A project came into a state other than active, or the reason for it was replaced (PEP 792)."""

    words = "project {status.state}"

    status: ProjectStatus


class StatusLeft(Event, frozen=True, kw_only=True):
    """A project is no longer in a state other than active."""

    state: Status

    @property
    def journal_action(self) -> str:
        """Return ``project quarantine cleared``, ``project unarchived`` or ``project undeprecated``."""
        return "project quarantine cleared" if self.state is Status.QUARANTINED else f"project un{self.state}"


class RoleGranted(Event, frozen=True, kw_only=True):
    """An account got a role."""

    words = "add {role} {username}"

    role: Role
    username: str


class MemberInvited(Event, frozen=True, kw_only=True):
    """An account was invited to a role."""

    is_public = False
    words = "invite {username}"

    role: Role
    username: str


class InvitationEnded(Event, frozen=True, kw_only=True):
    """An invitation was declined or withdrawn."""

    is_public = False
    words = "end invitation of {username}"

    username: str


class RoleChanged(Event, frozen=True, kw_only=True):
    """An account got another role in place of the one it had."""

    words = "change {before} {username} to {role}"

    before: Role
    role: Role
    username: str


class RoleRevoked(Event, frozen=True, kw_only=True):
    """An account lost its role, or gave it back."""

    words = "remove {role} {username}"

    role: Role
    username: str


class ReleaseCreated(Event, frozen=True, kw_only=True):
    """A version came into being, with its first file or with metadata alone."""

    words = "new release"


class ReleaseMetadataSet(Event, frozen=True, kw_only=True):
    """A version without files was described, or described anew."""

    words = "set metadata"


class ReleaseDeleted(Event, frozen=True, kw_only=True):
    """A version is gone for good with all its files."""

    words = "remove release"


class FilePublished(Event, frozen=True, kw_only=True):
    """A file can be installed from now on."""

    words = "add {python_version} file {filename}"

    filename: str
    python_version: str


class FileDeleted(Event, frozen=True, kw_only=True):
    """A file is gone for good."""

    words = "remove file {filename}"

    filename: str


class ReleaseYanked(Event, frozen=True, kw_only=True):
    """A release was yanked (PEP 592)."""

    words = "yank release"

    yank: Yank


class ReleaseUnyanked(Event, frozen=True, kw_only=True):
    """A release is offered again."""

    words = "unyank release"


class FileYanked(Event, frozen=True, kw_only=True):
    """One file was yanked (PEP 592)."""

    words = "yank file {filename}"

    filename: str
    yank: Yank


class FileUnyanked(Event, frozen=True, kw_only=True):
    """One file is offered again."""

    words = "unyank file {filename}"

    filename: str


class DocumentationUploaded(Event, frozen=True, kw_only=True):
    """A release got documentation, or other documentation; it is shown once it is unpacked."""

    words = "docupdate"


class DocumentationDeleted(Event, frozen=True, kw_only=True):
    """The documentation of a release is gone."""

    words = "remove documentation"


def status_events(project: Project, after: ProjectStatus) -> tuple[Event, ...]:
    """
    Return what happens when *project* comes into the state *after*.

    Leaving a state and entering one are entries of their own, so that a reader who follows the
    journal for quarantines alone misses none; nothing happens where nothing differs.
    """
    before, name = project.status, project.display_name
    if before == after:
        return ()
    left = (
        (StatusLeft(project=name, state=before.state),)
        if before.state not in {Status.ACTIVE, after.state}
        else ()
    )
    entered = (StatusEntered(project=name, status=after),) if after.state is not Status.ACTIVE else ()
    return (*left, *entered)
