"""Look a file up by its name."""

from __future__ import annotations

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.entities import File
from pypi_core.domain.permissions import require
from pypi_core.errors import FileNotFound
from pypi_core.ports.transactions import OpenSnapshot
from pypi_core.use_cases.permitted import governed_index


class FindFile:
    """
    Return what is known of a file that the index offers.

    Raises:
        Unauthenticated: The index is private and nobody is logged in.
        Forbidden: *actor* may not read the index.
        FileNotFound: The index lists no such file, or its project is quarantined.
    """

    def __init__(self, open_snapshot: OpenSnapshot) -> None:
        self._open_snapshot = open_snapshot

    def __call__(self, actor: Actor, filename: str) -> File:
        """Return the file."""
        with self._open_snapshot() as snapshot:
            require(actor, Action.READ, governed_index(snapshot))
            file = snapshot.files.get(filename)
            if not snapshot.projects.by_id(file.project_id).status.offers_files:
                raise FileNotFound(filename)
            return file
