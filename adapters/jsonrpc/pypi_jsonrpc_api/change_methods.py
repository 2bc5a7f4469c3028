"""The method ``changes.since``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from pypi_core.domain.accounts import Actor
from pypi_core.domain.entities import Serial
from pypi_core.errors import Forbidden, Invalid, Problem, Unauthenticated
from pypi_core.index import Index
from pypi_jsonrpc_api.methods import Example, Method
from pypi_jsonrpc_api.shapes import Parameters

# No larger integer survives every reader of JSON, and no database takes it.
_LARGEST = 2**53 - 1


class ChangesSinceParameters(Parameters, frozen=True, kw_only=True):
    """After which change, and how many."""

    serial: Annotated[int, Meta(description="That of the last change seen; 0 for all.")]
    limit: Annotated[int, Meta(description="How many changes to return, from 1 to 50,000.")] = 1000


class ChangeDescription(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the journal."""

    serial: int
    project: Annotated[str, Meta(description="The name as its owner spelt it.")]
    version: str | None
    action: Annotated[str, Meta(description="In the words that mirrors know; others may come.")]
    timestamp: Annotated[datetime, Meta(description="In UTC.")]


class ChangePage(msgspec.Struct, frozen=True, kw_only=True):
    """Changes in the order of their serials."""

    changes: tuple[ChangeDescription, ...]
    serial: Annotated[int, Meta(description="What to ask for next.")]
    more: Annotated[bool, Meta(description="Whether another page is there already.")]


def changes_since(index: Index, actor: Actor, parameters: ChangesSinceParameters) -> ChangePage:
    """
    Tell what happened on the index after a serial; nothing is missed and nothing comes twice.

    To wait for the next change, use the change feed.
    """
    if not 0 <= parameters.serial <= _LARGEST:
        raise Invalid(Problem("serial", "A serial is 0 or a positive integer."))
    changes = index.list_changes(actor, Serial(parameters.serial), parameters.limit)
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


CHANGE_METHODS = (
    Method(
        name="changes.since",
        function=changes_since,
        costly=True,
        result_name="page",
        summary="Tell what happened on the index",
        raises=(Invalid, Unauthenticated, Forbidden),
        examples=(
            Example(
                name="the newest change",
                params={"serial": 4},
                result={
                    "changes": [
                        {
                            "serial": 5,
                            "project": "Hello.Index",
                            "version": "1.0",
                            "action": "yank release",
                            "timestamp": "2026-03-01T12:00:00Z",
                        }
                    ],
                    "serial": 5,
                    "more": False,
                },
            ),
        ),
    ),
)
