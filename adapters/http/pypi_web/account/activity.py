"""What was done in somebody's name."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import Response

from pypi_core.domain.audit import AuditId
from pypi_web.account.steps import Step, shows
from pypi_web.account.visits import Visit

AT_A_TIME = 50


def steps() -> Sequence[Step]:
    """Return the pages of this module."""
    return [shows("/account/log/", show_activity)]


def show_activity(visit: Visit) -> Response[str]:
    """List what an account did, newest first."""
    entries = list(visit.site.audit_log.own(visit.actor, before=before(visit), limit=AT_A_TIME + 1))
    return visit.page("activity.html", entries=entries[:AT_A_TIME], more=len(entries) > AT_A_TIME)


def before(visit: Visit) -> AuditId | None:
    """Return the entry before which the page begins, as the query has it."""
    wanted = visit.query("before")
    return AuditId(int(wanted)) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 19 else None
