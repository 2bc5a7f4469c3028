"""The file ``.pypirc``, in which tools for uploads have kept indexes and passwords for long."""

from __future__ import annotations

import configparser
from dataclasses import dataclass
from pathlib import Path

from pypi_api_client.text_files import read_text
from pypi_terminal.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class PypircEntry:
    """One section; *repository* is empty where the section relies on the name being known."""

    repository: str = ""
    username: str = ""
    password: str = ""


def read_pypirc() -> dict[str, PypircEntry]:
    """
    Return the sections of ``~/.pypirc`` that name an index, by their names.

    Raises:
        UsageError: The file is damaged.
    """
    path = Path("~/.pypirc").expanduser()
    # Interpolation would stumble over a percent sign in a password.
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(read_text(path), str(path))
    except OSError:
        # As with configparser itself: what cannot be read is not there.
        return {}
    except (configparser.Error, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {str(error).partition(chr(10))[0]}") from error
    return {
        name: PypircEntry(
            repository=parser.get(name, "repository", fallback=""),
            username=parser.get(name, "username", fallback=""),
            password=parser.get(name, "password", fallback=""),
        )
        for name in parser.sections()
        if name != "distutils"
    }
