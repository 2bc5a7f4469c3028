"""How a command ends when it cannot do what it was asked."""

from __future__ import annotations

from pypi_tool.terminal.exit_codes import ExitCode


class UsageError(Exception):
    """The command line asks for something that cannot be; nothing was done."""


def exit_code_of(error: Exception) -> ExitCode:
    """Return how a command ends that *error* ended."""
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
            return ExitCode.NETWORK
        case errors.Refused():
            return ExitCode.REFUSED
        case errors.NotSpoken():
            return ExitCode.NOT_OFFERED
        case _:
            return ExitCode.FAILED


def sentence_of(error: Exception) -> str:
    """Return what a person is told of *error*, and what they can do."""
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
        case errors.ClientError():
            return str(error)
        case OSError():
            return f"{error.filename or 'A file'}: {error.strerror or error}."
        case _:
            return (
                f"This should not have happened: {type(error).__name__}: {error}. "
                "Set PYPI_CLI_DEBUG=1 to see where, and report it."
            )


def is_foreseen(error: Exception) -> bool:
    """Tell whether *error* is something that happens, not a fault of this program."""
    from pypi_api_client.errors import ClientError

    return isinstance(error, ClientError | OSError)
