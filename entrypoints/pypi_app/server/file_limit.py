"""As many open files as the connections need."""

from __future__ import annotations

import logging
import resource

from msgspec.structs import replace

from pypi_app.settings import ConnectionLimits

_logger = logging.getLogger(__name__)

# Files being sent and received, the database, the connections that are turned away.
_OTHER_FILES = 512


def fit_file_limit(limits: ConnectionLimits) -> ConnectionLimits:
    """
    Raise the soft limit of the process on open files to what *limits* need.

    Returns *limits*, with fewer connections where the hard limit is in the way, which is logged.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = limits.total + _OTHER_FILES
    possible = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < possible:
        resource.setrlimit(resource.RLIMIT_NOFILE, (possible, hard))
    total = fitting_connections(limits.total, possible)
    if total < limits.total:
        _logger.warning(
            "only %d connections at once are taken, not %d: the hard limit on open files is %d. Raise it "
            "(LimitNOFILE= in a unit of systemd, ulimit -Hn in a shell), or lower connections.total.",
            total,
            limits.total,
            hard,
        )
    return replace(limits, total=total)


def fitting_connections(wanted: int, files: int) -> int:
    """Return how many connections of those *wanted* there may be with so many open *files*."""
    return max(1, min(wanted, max(files - _OTHER_FILES, files // 2)))
