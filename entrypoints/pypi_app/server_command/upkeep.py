"""The commands that look after what is stored: ``check`` and ``sweep``."""

from __future__ import annotations

import sys
from datetime import timedelta

from pypi_app.server_command.options import Common, opened_site


def check(*, thorough: bool = False, common: Common | None = None) -> None:
    """
    Look for listed files whose bytes are missing or changed; exit code 1 if there are any.

    May run beside a server.

    Parameters
    ----------
    thorough
        Read every file back and compute its digests, instead of looking whether it is there.
    """
    damaged = 0
    with opened_site(common) as site:
        for each in site.check_integrity(thorough=thorough):
            damaged += 1
            print(f"{each.kind}: {each.filename} on {each.index} ({each.key.path})", flush=True)
    print(f"{damaged} damaged files." if damaged else "No damaged files.")
    if damaged:
        sys.exit(1)


def sweep(*, grace_hours: float = 24.0, common: Common | None = None) -> None:
    """
    Free stored bytes that no index lists, uploads that were abandoned, and upload sessions that expired.

    May run beside a server; the worker does it by itself every few hours.

    Parameters
    ----------
    grace_hours
        Leave alone what was stored in the last hours.
    """
    with opened_site(common) as site:
        sessions = site.sweep_uploads()
        outcome = site.sweep_blobs(timedelta(hours=grace_hours))
    print(f"Freed {outcome.objects} objects ({outcome.size} bytes) and {outcome.staged} abandoned uploads.")
    if sessions:
        print(f"Gave up {sessions} upload sessions that expired.")
