"""How a command ends that cannot do what it was asked to do."""

from __future__ import annotations

from pypi_app.server_command.exit_codes import ExitCode


class UsageError(Exception):
    """The command line asks for something that cannot be done; nothing was done."""


def exit_code_of(error: Exception) -> ExitCode:
    """Return how a command ends that *error* ended."""
    from pypi_app.settings import MissingData, SettingsError
    from pypi_core import errors

    match error:
        case UsageError() | SettingsError():
            return ExitCode.USAGE
        case MissingData() | errors.NotFound() | errors.Gone():
            return ExitCode.NOT_FOUND
        case errors.Conflict():
            return ExitCode.CONFLICT
        case errors.Unavailable():
            return ExitCode.UNAVAILABLE
        case errors.PackageIndexError():
            return ExitCode.REFUSED
        case _:
            return ExitCode.FAILED


def sentence_of(error: Exception) -> str:
    """Return what a person is told of *error*."""
    match error:
        case OSError():
            return f"{error.filename or 'A file'}: {error.strerror or error}."
        case _ if is_foreseen(error):
            return str(error)
        case _:
            return (
                f"This should not have happened: {type(error).__name__}: {error}. "
                "Set PYPI_SERVER_DEBUG=1 to see where, and report it."
            )


def is_foreseen(error: Exception) -> bool:
    """Return whether *error* is something that happens, not a fault of this program."""
    from pypi_app.settings import MissingData, SettingsError, StartError
    from pypi_core.errors import PackageIndexError

    return isinstance(
        error, UsageError | SettingsError | MissingData | StartError | PackageIndexError | OSError
    )
