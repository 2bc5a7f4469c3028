"""Which stored objects the sweep is about to delete; units of work save theirs from it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from pypi_core.domain.blob_keys import BlobKey


class CondemnedBlobs(Protocol):
    """
    The objects on their way out, of all indexes; each method is a transaction of its own.

    An object is *condemned* first, *deleting* a grace period later, and *deleted* once the store
    has forgotten it.  `UnitOfWork.claim_blobs` is the other side: it takes a condemned object out
    of here, and refuses one that is beyond that.
    """

    def condemn(self, keys: Collection[BlobKey], moment: datetime) -> None:
        """
        Condemn objects, unless they are condemned or deleting already.

        Units of work that run at this moment come to their end first.
        """
        ...

    def begin_deleting(
        self, condemned_until: datetime, stuck_until: datetime, moment: datetime, limit: int
    ) -> Sequence[BlobKey]:
        """
        Mark up to *limit* objects as deleting, and return those that were marked.

        They are those condemned at or before *condemned_until*, and those that another sweep began
        to delete at or before *stuck_until* without coming to an end.  What a row points at by now
        is forgotten instead.  Two callers are never given the same object.
        """
        ...

    def finish_deleting(self, keys: Collection[BlobKey], moment: datetime) -> None:
        """Note that the store has forgotten these objects."""
        ...

    def forget(self, deleted_before: datetime) -> None:
        """Forget the objects that were deleted before a moment."""
        ...
