"""From the Authorization header to credentials (STANDARDS 8.1)."""

from __future__ import annotations

import binascii
from base64 import b64decode

from pypi_core.domain.accounts import TokenCredentials
from pypi_core.errors import PasswordNotAccepted

_TOKEN_USER = "__token__"


def parse_authorization(header: str | None) -> TokenCredentials | None:
    """
    Read the header; ``None`` where there is none, or one that is malformed.

    Raises:
        PasswordNotAccepted: It has a user name other than ``__token__``.  The password is
            not looked at: its hash is slow by design, and it would not be accepted anyway.
    """
    scheme, _, rest = (header or "").strip().partition(" ")
    match scheme.lower():
        case "bearer" | "token" if rest.strip():
            return TokenCredentials(rest.strip())
        case "basic":
            return _from_basic(rest.strip())
        case _:
            return None


def _from_basic(encoded: str) -> TokenCredentials | None:
    try:
        username, colon, password = b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    if not colon or not (username or password):
        return None
    if username.strip() != _TOKEN_USER:
        raise PasswordNotAccepted
    return TokenCredentials(password.strip())
