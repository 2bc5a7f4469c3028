"""The commands that look after what is stored: ``check`` and ``sweep``."""

from __future__ import annotations

from datetime import timedelta

from pypi_app.server_command.context import CommandContext
from pypi_app.server_command.parameters import Threads
from pypi_app.server_command.results import Damage, DamagedFile, Swept
from pypi_app.server_command.side_by_side import SideBySide
from pypi_terminal.exit_codes import ExitCode
from pypi_terminal.parameters import Flag
from pypi_terminal.quantities import counted, file_size

_MOST_HOURS = 87600


def check(
    *,
    thorough: Flag = False,
    repair: Flag = False,
    threads: Threads = 4,
    context: CommandContext,
) -> int:
    """
    Look for listed files whose bytes are missing or changed; exit code 1 if any stay so.

    May run beside a server. Where blobs.fallback is set, both stores are checked, and a file is missing if
    neither has it.

    Parameters
    ----------
    thorough
        Read every file back and compute its digests, instead of looking at its size.
    repair
        Replace changed bytes by those of the other store, if they are good there.
    """
    damaged = []
    with context.site() as site:
        for each in site.check_integrity(thorough=thorough, repair=repair, map_all=SideBySide(threads)):
            found = DamagedFile(
                index=each.index,
                filename=each.filename,
                damage=each.kind,
                path=each.key.path,
                store=each.store,
                repaired=each.repaired,
            )
            damaged.append(found)
            what = f"{found.damage}, repaired" if found.repaired else found.damage
            where = f"{found.path} in {found.store}" if found.store != "blobs" else found.path
            context.output.line(f"{what}: {found.filename} on {found.index} ({where})")
    left = sum(not each.repaired for each in damaged)
    lines = [f"{counted(len(damaged), 'damaged file')}." if damaged else "No damaged files."]
    if repair and damaged:
        lines.append(f"Repaired {len(damaged) - left}.")
    if repair and left:
        lines.append(
            f"{left} could not be repaired, because no other store has good bytes: restore them from a "
            "backup, or delete and publish them again."
        )
    context.output.result(Damage(damaged=tuple(damaged)), lines)
    return ExitCode.FAILED if left else ExitCode.DONE


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
