"""Text inside HTML that XML parsers and regular expressions read as well."""

from __future__ import annotations

import html
import re

# What XML 1.0 has no way to say, not even escaped; lone surrogates have no UTF-8 form either.
_UNSPEAKABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def legible(text: str) -> str:
    """Return *text* with U+FFFD for each character that a page cannot carry to every reader."""
    return text if text.isprintable() else _UNSPEAKABLE.sub("\ufffd", text)


def escaped(text: str) -> str:
    """
    Return *text* for use between tags or inside a double-quoted attribute.

    Tabs and line ends become character references: XML would read them as blanks, and many
    readers of simple pages go by lines.
    """
    return html.escape(text).replace("\t", "&#9;").replace("\n", "&#10;").replace("\r", "&#13;")
