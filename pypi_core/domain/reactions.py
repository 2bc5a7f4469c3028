"""What has to be done after a commit: identity, never state."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from pypi_core.domain.events import DocumentationUploaded, Event
from pypi_core.domain.names import NormalizedName, normalize


class ReactionKind(StrEnum):
    """The kinds of work that wait in the outbox."""

    RENDER_PROJECT = "render-project"
    INDEX_FOR_SEARCH = "index-for-search"
    UNPACK_DOCUMENTATION = "unpack-documentation"


FOLLOWS_EVERY_CHANGE = (ReactionKind.RENDER_PROJECT, ReactionKind.INDEX_FOR_SEARCH)
"""What each change of a project makes necessary."""


class Reaction(msgspec.Struct, frozen=True):
    """
    Work to do on *subject*, a project.

    The use case reads the project's state again, so that doing it twice, late or in
    another order does no harm.
    """

    kind: ReactionKind
    subject: NormalizedName


def reactions_to(event: Event) -> tuple[Reaction, ...]:
    """Return what *event* makes necessary: everything derived from a project follows each of its changes."""
    name = normalize(event.project)
    followed = tuple(Reaction(kind, name) for kind in FOLLOWS_EVERY_CHANGE)
    if isinstance(event, DocumentationUploaded):
        return (*followed, Reaction(ReactionKind.UNPACK_DOCUMENTATION, name))
    return followed
