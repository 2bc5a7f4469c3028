"""``pypi-server audit``."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from cyclopts import Parameter

from pypi_app.server_command.context import CommandContext
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.audit import AuditFilter, KeptEntry
from pypi_core.domain.indexes import parse_index_name
from pypi_core.domain.names import parse_project_name
from pypi_terminal.errors import UsageError
from pypi_terminal.streams import sanitize


def audit(
    *,
    project: Annotated[str | None, Parameter(show_default=False)] = None,
    user: Annotated[str | None, Parameter(show_default=False)] = None,
    index: Annotated[str | None, Parameter(show_default=False)] = None,
    since: Annotated[datetime | None, Parameter(show_default=False)] = None,
    limit: int = 100,
    context: CommandContext,
) -> None:
    """
    Print who did what, when, from where and with which token; newest first.

    May run beside a server. With --json each entry is an object on a line of its own, because there may
    be many.

    Parameters
    ----------
    project
        Only what was done to this project.
    user
        Only what this user did ('operator': by commands on the server).
    index
        Only what was done on this index.
    since
        Only what was done since this moment, such as 2026-03-01 or 2026-03-01T12:00:00 (UTC).
    limit
        Stop after this many entries; 0 prints all.
    """
    if limit < 0:
        raise UsageError("--limit is a number of entries, or 0 for all.")
    wanted = AuditFilter(
        index=None if index is None else parse_index_name(index),
        project=None if project is None else parse_project_name(project),
        username=user,
    )
    if since is not None and since.tzinfo is None:
        since = since.replace(tzinfo=UTC)
    line = _json if context.output.is_json else _line
    with context.site() as site:
        for each in site.audit_log.entries(OPERATOR, wanted, since=since, limit=limit or None):
            sys.stdout.write(f"{line(each)}\n")


def _json(kept: KeptEntry) -> str:
    fields = msgspec.to_builtins(kept.entry)
    fields["detail"] = msgspec.json.decode(kept.entry.detail)
    return msgspec.json.encode({"id": kept.id, **fields}).decode()


def _line(kept: KeptEntry) -> str:
    entry = kept.entry
    proof = f"{entry.proof} {entry.token_id}" if entry.token_id else entry.proof
    concerned = [each for each in (entry.index, entry.project, entry.version, entry.filename) if each]
    origin = f" from {entry.origin.address}" if entry.origin.address else ""
    program = f" [{entry.origin.user_agent}]" if entry.origin.user_agent else ""
    detail = "" if entry.detail == "{}" else f" {entry.detail}"
    # A reason is a user's text: it must not repaint the operator's terminal.
    return sanitize(
        f"{kept.id}  {entry.moment:%Y-%m-%d %H:%M:%S}  {entry.username} ({proof}){origin}{program}: "
        f"{entry.action} {' '.join(concerned)}{detail}"
    )
