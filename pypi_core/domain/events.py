"""What happened, in the past tense; each event is one journal entry."""

from __future__ import annotations

import msgspec
from packaging.version import Version

from pypi_core.domain.accounts import Role
from pypi_core.domain.entities import Yank
from pypi_core.domain.names import DisplayName


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to *project*, at *version* where one is concerned."""

    project: DisplayName
    version: Version | None = None

    @property
    def journal_action(self) -> str:
        """The words of the journal, which mirrors parse (STANDARDS 7)."""
        raise AssertionError(f"{type(self).__name__} has no words")


class ProjectCreated(Event, frozen=True, kw_only=True):
    """A project came into being."""

    @property
    def journal_action(self) -> str:
        """Return ``create``."""
        return "create"


class RoleGranted(Event, frozen=True, kw_only=True):
    """Somebody got a role."""

    role: Role
    username: str

    @property
    def journal_action(self) -> str:
        """Return ``add Owner NAME`` or ``add Maintainer NAME``."""
        return f"add {self.role} {self.username}"


class ReleaseCreated(Event, frozen=True, kw_only=True):
    """A version got its first file."""

    @property
    def journal_action(self) -> str:
        """Return ``new release``."""
        return "new release"


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
