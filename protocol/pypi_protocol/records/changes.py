"""The journal of an index."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from pypi_protocol.records.parameters import Parameters


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


class ChangesSinceParameters(Parameters, frozen=True, kw_only=True):
    """After which change, and how many."""

    serial: Annotated[int, Meta(description="That of the last change seen; 0 for all.")]
    limit: Annotated[int, Meta(description="How many changes to return, from 1 to 50,000.")] = 1000
