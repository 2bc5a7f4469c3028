"""What happened on an index, for people: the journal, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from litestar import Response, get
from litestar.params import FromQuery

from pypi_core.domain.entities import Serial
from pypi_web.contexts import AnyRequest, asked, context_of
from pypi_web.rendering import page_or_json

_PER_PAGE = 100


class ShownChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change as the change feed has it, too: not by whom."""

    serial: int
    project: str
    version: str | None
    action: str
    moment: datetime


class ActivityView(msgspec.Struct, frozen=True, kw_only=True):
    """Changes, the newest first; *older* is the serial below which others are, 0 where none is."""

    changes: Sequence[ShownChange]
    last_serial: int
    older: int
    is_newest: bool


@get("/activity/", sync_to_thread=True, include_in_schema=False)
def activity(request: AnyRequest, before: FromQuery[int] = 0) -> Response[str] | Response[bytes]:
    """Show the last hundred changes, or those before a serial; where there is script, also what comes."""
    addressed = asked(request)
    context = context_of(request)
    journal, actor = addressed.index.journal, addressed.actor
    last = journal.last_serial(actor)
    end = min(before - 1, last) if before > 0 else last
    start = max(end - _PER_PAGE, 0)
    found = journal.since(actor, Serial(start), end - start) if end > start else ()
    # Serials have no gaps, but a restored index may begin later than at 1.
    shown = [
        ShownChange(
            serial=each.serial,
            project=each.project,
            version=each.version,
            action=each.action,
            moment=each.moment,
        )
        for each in reversed(found)
        if each.serial <= end
    ]
    view = ActivityView(
        changes=shown,
        last_serial=last,
        older=start + 1 if start else 0,
        is_newest=end == last,
    )
    return page_or_json(request, context, "activity.html", view)
