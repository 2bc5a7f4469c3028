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

    project: DisplayName
    version: Version | None = None

    @property
    def journal_action(self) -> str:
        """What the journal says; mirrors parse it (docs/reference/standards/xml-rpc.md#journal-actions)."""
        raise AssertionError(f"{type(self).__name__} has no words")


class ProjectCreated(Event, frozen=True, kw_only=True):
    """A project came into being."""

    @property
    def journal_action(self) -> str:
        """Return ``create``."""
        return "create"


class ProjectDeleted(Event, frozen=True, kw_only=True):
    """A project is gone with everything in it; its name is free."""

    @property
    def journal_action(self) -> str:
        """Return ``remove project``."""
        return "remove project"


class StatusEntered(Event, frozen=True, kw_only=True):
    """A project came into a state other than active, or the reason for it was replaced (PEP 792)."""

    status: ProjectStatus

    @property
    def journal_action(self) -> str:
        """Return ``project quarantined``, ``project archived`` or ``project deprecated``."""
        return f"project {self.status.state}"


class StatusLeft(Event, frozen=True, kw_only=True):
    """A project is no longer in a state other than active."""

    state: Status

    @property
    def journal_action(self) -> str:
        """Return ``project quarantine cleared``, ``project unarchived`` or ``project undeprecated``."""
        return "project quarantine cleared" if self.state is Status.QUARANTINED else f"project un{self.state}"


class RoleGranted(Event, frozen=True, kw_only=True):
    """Somebody got a role."""

    role: Role
    username: str

    @property
    def journal_action(self) -> str:
        """Return ``add Owner NAME`` or ``add Maintainer NAME``."""
        return f"add {self.role} {self.username}"


class RoleChanged(Event, frozen=True, kw_only=True):
    """Somebody got another role in place of the one they had."""

    before: Role
    role: Role
    username: str

    @property
    def journal_action(self) -> str:
        """Return ``change Maintainer NAME to Owner`` or the reverse."""
        return f"change {self.before} {self.username} to {self.role}"


class RoleRevoked(Event, frozen=True, kw_only=True):
    """Somebody lost their role, or gave it back."""

    role: Role
    username: str

    @property
    def journal_action(self) -> str:
        """Return ``remove Owner NAME`` or ``remove Maintainer NAME``."""
        return f"remove {self.role} {self.username}"


class ReleaseCreated(Event, frozen=True, kw_only=True):
    """A version came into being, with its first file or with metadata alone."""

    @property
    def journal_action(self) -> str:
        """Return ``new release``."""
        return "new release"


class ReleaseMetadataSet(Event, frozen=True, kw_only=True):
    """A version without files was described, or described anew."""

    @property
    def journal_action(self) -> str:
        """Return ``set metadata``."""
        return "set metadata"


class ReleaseDeleted(Event, frozen=True, kw_only=True):
    """A version is gone for good with all its files."""

    @property
    def journal_action(self) -> str:
        """Return ``remove release``."""
        return "remove release"


class FilePublished(Event, frozen=True, kw_only=True):
    """A file can be installed from now on."""

    filename: str
    python_version: str

    @property
    def journal_action(self) -> str:
        """Return ``add PYTHON-VERSION file NAME``."""
        return f"add {self.python_version} file {self.filename}"


class FileDeleted(Event, frozen=True, kw_only=True):
    """A file is gone for good."""

    filename: str

    @property
    def journal_action(self) -> str:
        """Return ``remove file NAME``."""
        return f"remove file {self.filename}"


class ReleaseYanked(Event, frozen=True, kw_only=True):
    """A release was withdrawn (PEP 592)."""

    yank: Yank

    @property
    def journal_action(self) -> str:
        """Return ``yank release``."""
        return "yank release"


class ReleaseUnyanked(Event, frozen=True, kw_only=True):
    """A release is offered again."""

    @property
    def journal_action(self) -> str:
        """Return ``unyank release``."""
        return "unyank release"


class FileYanked(Event, frozen=True, kw_only=True):
    """One file was withdrawn (PEP 592)."""

    filename: str
    yank: Yank

    @property
    def journal_action(self) -> str:
        """Return ``yank file NAME``."""
        return f"yank file {self.filename}"


class FileUnyanked(Event, frozen=True, kw_only=True):
    """One file is offered again."""

    filename: str

    @property
    def journal_action(self) -> str:
        """Return ``unyank file NAME``."""
        return f"unyank file {self.filename}"


class DocumentationUploaded(Event, frozen=True, kw_only=True):
    """A release got documentation, or other documentation; it is shown once it is unpacked."""

    @property
    def journal_action(self) -> str:
        """Return ``docupdate``, as the oldest server had it."""
        return "docupdate"


class DocumentationDeleted(Event, frozen=True, kw_only=True):
    """The documentation of a release is gone."""

    @property
    def journal_action(self) -> str:
        """Return ``remove documentation``."""
        return "remove documentation"


def status_events(project: Project, after: ProjectStatus) -> tuple[Event, ...]:
    """
    Return what happens when *project* comes into the state *after*.

    Leaving a state and entering one are entries of their own, so that whoever follows the
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
