"""Words as people type them."""

from __future__ import annotations

import re
import unicodedata

# ASCII letters and digits, and all beyond ASCII but halves of surrogate pairs, which no database
# takes: what among the latter is a letter is left to the tokenizer.  No character with a meaning
# in a query expression gets through.
_WORD = re.compile(r"[0-9A-Za-z\u0080-\ud7ff\ue000-\U0010ffff]+")


def words_of(text: str) -> list[str]:
    """Return the words of *text*, each safe to be quoted in a query expression."""
    return _WORD.findall(text if text.isascii() else " ".join(text.split()))


def folded(text: str) -> str:
    """Return *text* without case and accents, for comparing."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(each for each in decomposed if not unicodedata.combining(each))


def storable(text: str) -> str:
    """Return *text* with halves of surrogate pairs replaced, which cannot be stored."""
    return text.encode("utf-8", "replace").decode()
