"""What errors mean to an operator and to a script."""

from __future__ import annotations

from pypi_terminal.exit_codes import ExitCode
from pypi_terminal.running import Failure


def failure_of(error: Exception) -> Failure | None:
    """Return how *error* ends a command and its message; nothing if it is a bug of this program."""
    from pypi_app.backups.failures import BackupError, RestoreRefused
    from pypi_app.settings import MissingData, SettingsError, StartError
    from pypi_core import errors

    match error:
        case SettingsError():
            code = ExitCode.USAGE
        case MissingData() | errors.NotFound() | errors.Gone():
            code = ExitCode.NOT_FOUND
        case errors.Conflict() | RestoreRefused():
            code = ExitCode.CONFLICT
        case errors.Unavailable():
            code = ExitCode.UNAVAILABLE
        case errors.PackageIndexError():
            code = ExitCode.REFUSED
        case StartError() | BackupError():
            code = ExitCode.FAILED
        case _:
            return None
    return Failure(code, str(error))
