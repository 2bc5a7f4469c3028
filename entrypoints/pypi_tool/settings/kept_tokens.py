"""Tokens that ``login`` got: in the keyring or, where there is none, in a file for its owner alone."""

from __future__ import annotations

import codecs
import os
import stat
from pathlib import Path

import msgspec

from pypi_terminal.errors import UsageError
from pypi_tool.settings.configuration import configuration_folder, write_private_file

TOKEN_USER = "__token__"
"""The user name that says that a password is a token."""


class KeptToken(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    A token that ``login`` got.

    ``token`` is empty where the keyring has it; ``id`` where ``login`` did not make it.
    """

    token: str = ""
    username: str = TOKEN_USER
    id: str = ""


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
        raise UsageError(f"Other users can read the tokens in {path}: chmod 600 it, and log in again.")
    try:
        return msgspec.json.decode(content.removeprefix(codecs.BOM_UTF8), type=dict[str, KeptToken])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"The file {path} is damaged: delete it and log in again.") from error


def keep_token(root: str, token: str, identifier: str = "") -> str:
    """Keep the token for an index, with its id if ``login`` made it; return where, in words."""
    try:
        import keyring

        keyring.set_password(root, TOKEN_USER, token)
        # The backend that switches keyrings off takes everything and keeps nothing.
        is_kept = keyring.get_password(root, TOKEN_USER) == token
    except Exception:  # a backend may fail in ways of its own
        is_kept = False
    tokens = read_tokens()
    tokens.pop(root, None)
    if not is_kept or identifier:
        tokens[root] = KeptToken(token="" if is_kept else token, id=identifier)
    if tokens or _tokens_file().exists():
        _write(tokens)
    return "the keyring" if is_kept else f"the file {_tokens_file()}, which only you can read"


def kept_token(root: str) -> KeptToken | None:
    """Return the token that is kept for an index, wherever that is."""
    kept = read_tokens().get(root)
    if kept and kept.token:
        return kept
    try:
        import keyring

        token = keyring.get_password(root, TOKEN_USER)
    except Exception:  # a backend may fail in ways of its own
        return None
    return KeptToken(token=token, id=kept.id if kept else "") if token else None


def forget_token(root: str) -> bool:
    """Forget the token for an index, wherever it is kept, and return whether there was one."""
    tokens = read_tokens()
    forgotten = tokens.pop(root, None)
    found = forgotten is not None and bool(forgotten.token)
    if forgotten is not None:
        _write(tokens)
    try:
        import keyring

        if keyring.get_password(root, TOKEN_USER) is not None:
            keyring.delete_password(root, TOKEN_USER)
            found = True
    except Exception:  # a backend may fail in ways of its own
        return found
    return found


def _write(tokens: dict[str, KeptToken]) -> None:
    write_private_file(_tokens_file(), msgspec.json.format(msgspec.json.encode(tokens), indent=2))
