"""``pypi-cli``: what a person does to a package index."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from cyclopts import App, CycloptsError, Parameter

import pypi_core
from pypi_app.cli.check import check
from pypi_app.cli.download import download
from pypi_app.cli.failures import REFUSED, USAGE, UsageError
from pypi_app.cli.info import info
from pypi_app.cli.search import search
from pypi_app.cli.terminal import complain, prepare_streams
from pypi_app.cli.upload import upload

_HELP = """
Publish to a Python package index, download from it and look around in it.

```
pypi-cli check dist/*
pypi-cli upload --token-file owner-token dist/*
pypi-cli search http client
pypi-cli info hello-index
pypi-cli download "hello-index>=1,<2" --wheel --dest wheels
```

Name the index with --index URL, before or after the command, or once and for all in the
environment variable PYPI_REPOSITORY. Without either it is http://127.0.0.1:8080/, an index on this
machine. It may be any index: what only ours can do, such as searching, is said where it is missing.

A token is needed to publish, and to read a private index. It comes, in this order, from
--token-file FILE (`-` reads standard input), from the environment variable PYPI_TOKEN or
PYPI_PASSWORD, from the index's URL, or `upload` asks for it on a terminal. It never stands on the
command line, where other users of the machine could see it.

Exit code: 0 done, 1 refused or failed (a sentence on standard error says why), 2 wrong usage.
"""

app = App(
    name="pypi-cli",
    help=_HELP,
    version=pypi_core.__version__,
    help_format="markdown",
    default_parameter=Parameter(negative=()),
    result_action="return_value",
    print_error=False,
    exit_on_error=False,
)
for _command, _arguments in (
    (upload, "FILE..."),
    (check, "FILE..."),
    (download, "PROJECT[SPECIFIERS]..."),
    (search, "WORD..."),
    (info, "PROJECT[==VERSION]"),
):
    app.command(_command, usage=f"Usage: pypi-cli {_command.__name__} [OPTIONS] {_arguments}")

# Options of every command, which may stand before it too.
_GLOBAL = ("--index", "--token-file")


def main() -> NoReturn:
    """Run one command of ``pypi-cli`` and exit with its code."""
    prepare_streams()
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command that *arguments* name; whatever happens, a person is told in a sentence."""
    try:
        code: int | None = app(_command_first(arguments))
    except (CycloptsError, UsageError) as error:
        complain(f"{str(error).strip()} See pypi-cli --help.")
        return USAGE
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing more can be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return REFUSED
    except Exception as error:
        return _failed(error)
    return code or 0


def _command_first(arguments: list[str]) -> list[str]:
    """Move options that stand before the command behind it."""
    rest, moved = list(arguments), []
    while rest and rest[0].partition("=")[0] in _GLOBAL:
        count = 1 if "=" in rest[0] else 2
        moved += rest[:count]
        rest = rest[count:]
    return [*rest[:1], *moved, *rest[1:]]


def _failed(error: Exception) -> int:
    from pypi_api_client.errors import ClientError, ConnectionFailed, CredentialsRefused, IndexUnavailable

    if isinstance(error, ConnectionFailed):
        complain(f"{error} Is the index running? Name another with --index URL.")
    elif isinstance(error, CredentialsRefused):
        complain(f"{error} A token is given with --token-file FILE or in PYPI_TOKEN.")
    elif isinstance(error, IndexUnavailable):
        complain(f"The index failed: {error} Try again later, or tell its operator.")
    elif isinstance(error, ClientError):
        complain(str(error))
    elif isinstance(error, OSError):
        complain(f"{error.filename or 'A file'}: {error.strerror or error}.")
    else:
        if os.environ.get("PYPI_CLI_DEBUG"):
            raise error
        complain(
            f"This should not have happened: {type(error).__name__}: {error}. "
            "Set PYPI_CLI_DEBUG=1 to see where, and report it."
        )
    return REFUSED
