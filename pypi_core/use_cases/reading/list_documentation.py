"""List the documentation of a project."""

from __future__ import annotations

import msgspec

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.documentation import Alias, DocumentationSet, meant_by
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.permissions import require
from pypi_core.ports.transactions import OpenSnapshot
from pypi_core.use_cases.permitted import governed_index


class ListedDocumentation(msgspec.Struct, frozen=True, kw_only=True):
    """
    The sets of a project, the oldest version first, and the versions that the aliases stand for.

    A release that gets other documentation has two: the one shown, then the one being unpacked.
    """

    project: NormalizedName
    sets: tuple[DocumentationSet, ...]
    aliases: dict[Alias, str]


class ListDocumentation:
    """
    List the documentation of a project; one under quarantine shows none.

    Raises:
        Unauthenticated: The index is private and nobody is logged in.
        Forbidden: *actor* may not read the index.
        ProjectNotFound: There is no such project.
    """

    def __init__(self, open_snapshot: OpenSnapshot) -> None:
        self._open_snapshot = open_snapshot

    def __call__(self, actor: Actor, name: NormalizedName) -> ListedDocumentation:
        """Return what there is."""
        with self._open_snapshot() as snapshot:
            require(actor, Action.READ, governed_index(snapshot))
            project = snapshot.projects.get(name)
            if not project.status.offers_files:
                return ListedDocumentation(project=name, sets=(), aliases={})
            documented = snapshot.documentation.documented(project.id)
            sets = snapshot.documentation.of(project.id)
        meant = {alias: meant_by(alias, documented) for alias in Alias}
        return ListedDocumentation(
            project=name,
            sets=tuple(sets),
            aliases={alias: str(release.version) for alias, release in meant.items() if release},
        )
