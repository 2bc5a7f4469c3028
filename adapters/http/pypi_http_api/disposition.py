"""File names in ``Content-Disposition`` (RFC 7578, RFC 6266), as they were sent."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

_PARAMETER = re.compile(
    r";[ \t]*(?P<name>[A-Za-z0-9_-]+\*?)[ \t]*=[ \t]*"
    r"(?:\"(?P<quoted>(?:\\.|[^\"\\])*)\"|(?P<plain>[^\"; \t][^;]*))",
    re.DOTALL,
)
# RFC 6266 has a backslash before anything; browsers put it before these alone, and send
# others as they are, so that elsewhere it is part of the name (and the name refused for it).
_ESCAPED = re.compile(r"\\([\"\\])")
# What browsers escape in a name, and nothing else.
_PERCENT = re.compile(r"%(22|0D|0A)", re.IGNORECASE)


def parse_filename_parameter(header: str) -> str | None:
    """
    Return the file name, ``None`` where there is none.

    Nothing is trimmed, paths neither: whether the name is a good one is for others to say.
    The extended form (``filename*``) is preferred where it is well-formed.
    """
    if "filename" not in header.lower():
        # Of the thirty parts of an upload one has it.
        return None
    plain: str | None = None
    for match in _PARAMETER.finditer(header):
        name, quoted = match["name"].lower(), match["quoted"]
        value = match["plain"].rstrip(" \t") if quoted is None else _ESCAPED.sub(r"\1", quoted)
        if name == "filename*" and (extended := _extended(value)) is not None:
            return extended
        if name == "filename":
            plain = _PERCENT.sub(lambda found: chr(int(found[1], 16)), value)
    return plain


def _extended(value: str) -> str | None:
    charset, _, rest = value.partition("'")
    _language, quote, encoded = rest.partition("'")
    if not quote or charset.lower() not in {"utf-8", "iso-8859-1"}:
        return None
    return unquote_to_bytes(encoded).decode(charset, "replace")
