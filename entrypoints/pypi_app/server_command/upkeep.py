"""The commands that look after what is stored: ``check`` and ``sweep``."""

from __future__ import annotations

from datetime import timedelta

from pypi_app.server_command.context import CommandContext
from pypi_app.server_command.results import Damage, DamagedFile, Swept
from pypi_terminal.exit_codes import ExitCode
from pypi_terminal.parameters import Flag
from pypi_terminal.quantities import counted, file_size

_MOST_HOURS = 87600


def check(
    *,
    thorough: Flag = False,
    context: CommandContext,
) -> int:
    """
    Look for listed files whose bytes are missing or changed; exit code 1 if there are any.

    May run beside a server.

    Parameters
    ----------
    thorough
        Read every file back and compute its digests, instead of looking at its size.
    """
    damaged = []
    with context.site() as site:
        for each in site.check_integrity(thorough=thorough):
            found = DamagedFile(
                index=each.index, filename=each.filename, damage=each.kind, path=each.key.path
            )
            damaged.append(found)
            context.output.line(f"{found.damage}: {found.filename} on {found.index} ({found.path})")
    line = f"{counted(len(damaged), 'damaged file')}." if damaged else "No damaged files."
    context.output.result(Damage(damaged=tuple(damaged)), [line])
    return ExitCode.FAILED if damaged else ExitCode.DONE


def sweep(*, grace_hours: float = 24.0, context: CommandContext) -> None:
    """
    Delete stored bytes that no index lists, abandoned uploads and expired upload sessions.

    May run beside a server; the worker does it by itself every few hours. Bytes are deleted in two steps: a
    sweep notes them, and a sweep that runs the grace hours later deletes those that no index lists by then.

    Parameters
    ----------
    grace_hours
        Keep what was stored or noted within this many hours; no upload may take longer to be listed.
    """
    from pypi_terminal.errors import UsageError

    if not 0 <= grace_hours <= _MOST_HOURS:
        raise UsageError(f"--grace-hours is a number of hours from 0 to {_MOST_HOURS}.")
    with context.site() as site:
        sessions = site.sweep_uploads()
        outcome = site.sweep_blobs(timedelta(hours=grace_hours))
    objects, uploads = counted(outcome.objects, "object"), counted(outcome.staged, "abandoned upload")
    lines = [f"Freed {objects} ({file_size(outcome.size)}) and {uploads}."]
    if sessions:
        lines.append(f"Closed {counted(sessions, 'expired upload session')}.")
    swept = Swept(
        objects=outcome.objects, bytes=outcome.size, uploads=outcome.staged, upload_sessions=sessions
    )
    context.output.result(swept, lines)
