"""Describe a file and what it belongs to."""

from __future__ import annotations

import msgspec

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.entities import File, Project, Release
from pypi_core.domain.permissions import may, require
from pypi_core.errors import FileNotFound
from pypi_core.ports.transactions import OpenSnapshot
from pypi_core.use_cases.permitted import governed_index, governed_project


class FileOverview(msgspec.Struct, frozen=True, kw_only=True):
    """A file with its release and project."""

    file: File
    release: Release
    project: Project


class ReadFile:
    """
    Return a file that the index lists; those of a quarantined project only to who may manage it.

    Raises:
        Unauthenticated: The index is private and nobody is logged in.
        Forbidden: *actor* may not read the index.
        FileNotFound: The index lists no such file, or its project is quarantined.
    """

    def __init__(self, open_snapshot: OpenSnapshot) -> None:
        self._open_snapshot = open_snapshot

    def __call__(self, actor: Actor, filename: str) -> FileOverview:
        """Return the file, its release and its project."""
        with self._open_snapshot() as snapshot:
            require(actor, Action.READ, governed_index(snapshot))
            file = snapshot.files.get(filename)
            project = snapshot.projects.by_id(file.project_id)
            if not project.status.offers_files and not may(
                actor, Action.MANAGE, governed_project(snapshot, project)
            ):
                raise FileNotFound(filename)
            return FileOverview(
                file=file, release=snapshot.releases.get(project, file.version), project=project
            )
