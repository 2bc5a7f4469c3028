"""Answers about the journal."""

from __future__ import annotations

from pypi_core.domain.accounts import Actor
from pypi_core.domain.entities import Serial
from pypi_core.errors import Invalid
from pypi_core.index import Index
from pypi_protocol.errors import Problem
from pypi_protocol.records.changes import ChangeDescription, ChangePage, ChangesSinceParameters

# No larger integer survives every reader of JSON, and no database takes it.
_LARGEST = 2**53 - 1


def changes_since(index: Index, actor: Actor, parameters: ChangesSinceParameters) -> ChangePage:
    if not 0 <= parameters.serial <= _LARGEST:
        raise Invalid(Problem("serial", "A serial is 0 or a positive integer."))
    changes = index.journal.since(actor, Serial(parameters.serial), parameters.limit)
    return ChangePage(
        changes=tuple(
            ChangeDescription(
                serial=each.serial,
                project=each.project,
                version=each.version,
                action=each.action,
                timestamp=each.moment,
            )
            for each in changes
        ),
        serial=changes[-1].serial if changes else parameters.serial,
        more=len(changes) == parameters.limit,
    )
