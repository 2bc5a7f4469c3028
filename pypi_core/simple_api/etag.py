"""Entity tags of rendered pages."""

from __future__ import annotations

import hashlib

_HEX_DIGITS = 32


def strong_etag(content: bytes) -> str:
    """
    Return a strong entity tag of *content*, quotes included: equal tags mean equal bytes.

    It names the bytes before any content coding (RFC 9110, 8.8.3.3); a server that sends a
    coded form must make the tag of that form differ.
    """
    return f'"{hashlib.sha256(content).hexdigest()[:_HEX_DIGITS]}"'
