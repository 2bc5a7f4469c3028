"""Tokens that ``login`` got: in the keyring or, where there is none, in a file for its owner alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import msgspec

from pypi_app.cli.configuration import configuration_folder, write_private_file
from pypi_app.cli.failures import UsageError

TOKEN_USER = "__token__"
"""The user name that says that a password is a token."""


class KeptToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token that ``login`` got, and what it proves."""

    token: str
    username: str = TOKEN_USER


def _tokens_file() -> Path:
    return configuration_folder() / "tokens.json"


def read_tokens() -> dict[str, KeptToken]:
    """
    Return the tokens kept in a file, by the roots of their indexes.

    Raises:
        UsageError: Others may read the file, or it is damaged.
    """
    path = _tokens_file()
    try:
        with path.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            content = stream.read()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(f"The tokens in {path} cannot be read: {error.strerror}.") from error
    # On Windows the mode says nothing of other users; the folder is in the profile of one.
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise UsageError(f"Other users can read the tokens in {path}: chmod 600 it, and log in anew.")
    try:
        return msgspec.json.decode(content, type=dict[str, KeptToken])
    except msgspec.MsgspecError as error:
        raise UsageError(f"The file {path} is damaged: delete it and log in anew.") from error


def keep_token(root: str, token: str) -> str:
    """Keep the token for an index, and return where, in words."""
    try:
        import keyring

        keyring.set_password(root, TOKEN_USER, token)
        # The backend that switches keyrings off takes everything and keeps nothing.
        kept = keyring.get_password(root, TOKEN_USER) == token
    except Exception:  # a backend may fail in ways of its own
        kept = False
    if kept:
        return "the keyring"
    path = _tokens_file()
    tokens = {**read_tokens(), root: KeptToken(token=token)}
    write_private_file(path, msgspec.json.format(msgspec.json.encode(tokens), indent=2))
    return f"the file {path}, which only you can read"


def forget_token(root: str) -> bool:
    """Forget the token for an index, wherever it is kept, and tell whether there was one."""
    tokens = read_tokens()
    found = tokens.pop(root, None) is not None
    if found:
        write_private_file(_tokens_file(), msgspec.json.format(msgspec.json.encode(tokens), indent=2))
    try:
        import keyring

        if keyring.get_password(root, TOKEN_USER) is not None:
            keyring.delete_password(root, TOKEN_USER)
            found = True
    except Exception:  # a backend may fail in ways of its own
        return found
    return found
