"""Which index is meant, and with which token."""

from __future__ import annotations

import getpass
import os
import sys
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

import pypi_core
from pypi_app.cli.failures import UsageError

if TYPE_CHECKING:
    import httpx

    from pypi_api_client import Client

Flag = Annotated[bool, Parameter(negative=(), show_default=False)]
"""Something that is off unless it is named."""

carrier: ContextVar[httpx.BaseTransport | None] = ContextVar("carrier", default=None)
"""What carries HTTP instead of the network, for tests."""

_TOKEN_VARIABLES = ("PYPI_TOKEN", "PYPI_PASSWORD")
_LONGEST_TOKEN = 16 * 1024


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Connecting:
    """
    Where the index is and who is asking.

    Attributes:
        index: The URL of the index.
        token_file: A file with an API token; - reads it from standard input.
    """

    index: Annotated[str, Parameter(env_var="PYPI_REPOSITORY")] = "http://127.0.0.1:8080/"
    token_file: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None


def connect(connecting: Connecting | None, *, asking: bool = False) -> Client:
    """
    Return a client for the index that is meant.

    With *asking* a person at a terminal is asked for a token where none was given.

    Raises:
        UsageError: The index's URL is none, or the token file has no token that can be read.
    """
    from pypi_api_client import Client
    from pypi_api_client.address import parse_address
    from pypi_api_client.errors import InvalidAddress

    connecting = connecting or Connecting()
    try:
        address = parse_address(connecting.index)
    except InvalidAddress as error:
        raise UsageError(str(error)) from error
    token = _given_token(connecting.token_file)
    if token is None and asking and not address.password:
        token = _asked_token(address.root)
    transport = carrier.get()
    return Client(
        connecting.index, token=token, program=("pypi-cli", pypi_core.__version__), transport=transport
    )


def _given_token(token_file: str | None) -> str | None:
    if token_file is None:
        return next((text for each in _TOKEN_VARIABLES if (text := os.environ.get(each, "").strip())), None)
    try:
        if token_file == "-":
            text = sys.stdin.read(_LONGEST_TOKEN)
        else:
            with Path(token_file).expanduser().open(encoding="utf-8") as stream:
                text = stream.read(_LONGEST_TOKEN)
    except OSError as error:
        raise UsageError(f"The token file {token_file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"The token file {token_file} is no text.") from error
    token = text.strip()
    if not token or len(token.split()) > 1:
        raise UsageError(f"The token file {token_file} has to have one token in it and nothing else.")
    return token


def _asked_token(index: str) -> str | None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    return getpass.getpass(f"Token for {index}: ", stream=sys.stderr).strip() or None
