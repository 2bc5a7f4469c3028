"""The first run: tables, the two indexes, an owner account and its upload token."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from pypi_app.settings import StartError
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexName, IndexSettings
from pypi_core.errors import AccountAlreadyExists
from pypi_core.site import Site
from pypi_sql import SqlDatabase

OWNER = "owner"
TEST_INDEX = IndexName("test")
_PASSWORD_BYTES = 15
_ROOM = 256
"""Bytes, more than a token has."""


class FirstOwner(msgspec.Struct, frozen=True, kw_only=True):
    """The account that the first start created, its secrets, and the files that keep them."""

    username: str
    password: str
    password_file: Path
    token: str
    token_file: Path


def set_up(site: Site, database: SqlDatabase, data_folder: Path) -> FirstOwner | None:
    """
    Bring the database up to date; create the indexes if there is none, and an owner if there are no accounts.

    Returns what to tell the operator when the owner was created, otherwise ``None``.

    Raises:
        Unavailable: The rows were copied to another database, where changes are made since.
    """
    database.require_open()
    database.migrate()
    has_accounts = bool(site.accounts.all(OPERATOR))
    existing = {each.name for each in site.indexes()}
    # Who ran migrate and created accounts first has no index yet.
    if not has_accounts or not existing:
        for name, title in ((DEFAULT_INDEX, "Package index"), (TEST_INDEX, "Test index")):
            if name not in existing:
                site.create_index(OPERATOR, name, IndexSettings(title=title))
    if has_accounts:
        return None
    try:
        return _create_owner(site, data_folder)
    except AccountAlreadyExists:
        # All accounts were deleted, this one too: it is for the operator to create others.
        return None


def _create_owner(site: Site, data_folder: Path) -> FirstOwner:
    token_file, password_file = data_folder / "owner-token", data_folder / "owner-password"
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    # On a full disk there must not be an account whose secrets are lost.
    with _reserved(token_file, "token") as for_token, _reserved(password_file, "password") as for_password:
        site.register_account(OPERATOR, OWNER, password, is_administrator=True)
        token = site.issue_token(OPERATOR, OWNER, "made at the first start").secret
        _write(for_token, token)
        _write(for_password, password)
    return FirstOwner(
        username=OWNER,
        password=password,
        password_file=password_file,
        token=token,
        token_file=token_file,
    )


def _write(descriptor: int, secret: str) -> None:
    os.ftruncate(descriptor, os.pwrite(descriptor, f"{secret}\n".encode("ascii"), 0))


@contextmanager
def _reserved(file: Path, what: str) -> Iterator[int]:
    """
    Make a file with room for a secret, which no other user can read, not even for a moment.

    It is gone again when the block fails.

    Raises:
        StartError: There is no room, or the file cannot be made.
    """
    try:
        file.unlink(missing_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, b" " * _ROOM)
            os.fsync(descriptor)
            yield descriptor
            os.fsync(descriptor)
        except BaseException:
            file.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)
    except OSError as error:
        raise StartError(
            f"The owner's {what} cannot be written to {file}: {error.strerror}. "
            "Free some room or check the permissions, then start again."
        ) from error
