"""Author-email and Maintainer-email."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pypi_core.domain.metadata.problems import invalid
from pypi_protocol.errors import Problem

# One piece of a list of addresses by RFC 822; none matches a quote, comment or address that is not closed.
_PIECE = re.compile(
    r"""
      (?P<quoted> " (?: [^"\\] | \\. )* " )
    | (?P<comment> \( (?: [^()\\] | \\. )* \) )
    | < (?P<address> [^<>]* ) >
    | (?P<comma> , )
    | (?P<text> [^"(<>,]+ )
    """,
    re.VERBOSE | re.DOTALL,
)
_ADDRESS = re.compile(r"[^@\s<>()\[\],;:\\\"]{1,64}@[^@\s<>()\[\],;:\\\"]{1,255}\Z")


def email_problems(form_name: str, value: str) -> Iterator[Problem]:
    """Yield what is wrong with a list of addresses; it is the first one that counts."""
    address = _first_address(value)
    if address is None:
        yield invalid(
            form_name, value, "Close every quote, comment and address, as in 'Name <me@example.org>'."
        )
    elif not _ADDRESS.match(address):
        yield invalid(form_name, value, "Use a valid email address, as in 'Name <me@example.org>'.")


def _first_address(value: str) -> str | None:
    """Return the first address of a list, be it right or wrong; ``None`` where it does not end."""
    address, text = "", ""
    position = 0
    while position < len(value):
        piece = _PIECE.match(value, position)
        if piece is None:
            return None
        position = piece.end()
        if piece["comma"] and (address or text.strip()):
            break
        address = address or (piece["address"] or "").strip()
        text += piece["text"] or ""
    return address or text.strip()
