"""The configuration file of ``pypi-cli``."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import msgspec

from pypi_api_client.text_files import read_text
from pypi_terminal.errors import UsageError
from pypi_terminal.output import Color

_FOLDER = "PYPI_CLI_CONFIG"


class NamedIndex(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An index that has a name; ``token_file`` and ``ca_bundle`` are paths, ``~`` is the home folder."""

    url: str
    username: str = ""
    token_file: str = ""
    ca_bundle: str = ""


class Configuration(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """
    What the configuration file says.

    ``index`` is the name or the URL of the index that is meant where nothing else names one.
    """

    index: str = ""
    color: Color = "auto"
    indexes: dict[str, NamedIndex] = {}


def configuration_folder() -> Path:
    """Return where the configuration is kept; the environment variable PYPI_CLI_CONFIG moves it."""
    if given := os.environ.get(_FOLDER):
        return Path(given).expanduser()
    import platformdirs

    return platformdirs.user_config_path("pypi-cli")


def configuration_file() -> Path:
    """Return the path of the configuration file, which need not be there."""
    return configuration_folder() / "config.toml"


def read_configuration() -> Configuration:
    """
    Return what the configuration file says, or nothing where there is none.

    Raises:
        UsageError: It cannot be read, or has something in it that means nothing.
    """
    path = configuration_file()
    try:
        return msgspec.toml.decode(read_text(path), type=Configuration)
    except FileNotFoundError:
        return Configuration()
    except OSError as error:
        raise UsageError(f"The configuration {path} cannot be read: {error.strerror}.") from error
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UsageError(f"The configuration {path} is wrong: {error}. Correct it by hand.") from error


def configured_color() -> Color:
    """Return when to use colours; a configuration that cannot be read is reported by what needs it."""
    try:
        return read_configuration().color
    except UsageError:
        return "auto"


def write_configuration(text: str) -> None:
    """Replace the configuration file, in one step."""
    write_private_file(configuration_file(), text.encode())


def write_private_file(path: Path, content: bytes) -> None:
    """Replace a file by one that only its owner can read; readers see the old file or the new one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
