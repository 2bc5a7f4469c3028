"""Conditional requests (RFC 9110, section 13)."""

from __future__ import annotations

import re

# RFC 9110, 8.8.3: a tag may hold a comma, so a list of them cannot be split at commas.
_OPAQUE_TAG = re.compile(r'"[\x21\x23-\x7e\x80-\xff]*"')


def if_none_match_matches(header: str, etag: str) -> bool:
    """
    Return whether ``If-None-Match`` says that the client has the body with this tag.

    *etag* is the current one, quotes included.  The comparison is the weak one, as this
    header demands: ``W/`` is ignored on both sides.  ``*`` matches whatever is there.
    A malformed header matches only the tags that it has in full.
    """
    if header.strip() == "*":
        return True
    return etag.removeprefix("W/") in _OPAQUE_TAG.findall(header)
