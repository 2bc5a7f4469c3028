"""What errors mean to a person and to a script."""

from __future__ import annotations

from pypi_terminal.exit_codes import ExitCode
from pypi_terminal.running import Failure


def failure_of(error: Exception) -> Failure | None:
    """Return how *error* ends a command and its message; nothing if it is a bug of this program."""
    from pypi_api_client.errors import ClientError

    return Failure(exit_code_of(error), _message(error)) if isinstance(error, ClientError) else None


def exit_code_of(error: Exception) -> ExitCode:
    """Return the exit code of a command that *error* ended."""
    from pypi_api_client import errors
    from pypi_distribution_cache import errors as caching
    from pypi_resolution import errors as choosing

    match error:
        case choosing.BadRequirements() | choosing.BadTarget():
            return ExitCode.USAGE
        case errors.NotFound() | choosing.NothingFits() | caching.NoCache() | caching.NotCached():
            return ExitCode.NOT_FOUND
        case errors.Conflict() | caching.FolderInUse() | caching.OtherContent():
            return ExitCode.CONFLICT
        case errors.ConnectionFailed() | errors.Busy():
            return ExitCode.UNAVAILABLE
        case errors.Refused():
            return ExitCode.REFUSED
        case errors.NotSpoken():
            return ExitCode.NOT_OFFERED
        case _:
            return ExitCode.FAILED


def _message(error: Exception) -> str:
    from pypi_api_client import errors

    match error:
        case errors.UntrustedCertificate():
            return f"{error} The option --ca-bundle names it too."
        case errors.ConnectionFailed():
            return f"{error} Is the index running? Name another with --index."
        case errors.CredentialsRefused():
            return f"{error} Log in with pypi-cli login, or give a token with --token-file or in PYPI_TOKEN."
        case errors.IndexUnavailable():
            return f"The index failed: {error} Try again later, or tell its operator."
        case _:
            return str(error)
