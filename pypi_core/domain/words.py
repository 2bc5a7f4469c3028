"""Words of texts, compared without case, accents and what stands between them."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> list[str]:
    """Return the words of *text*, folded; they end at anything but letters and digits."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFD", text)
        text = "".join(each for each in decomposed if not unicodedata.combining(each))
    return _WORD.findall(text.casefold())


def key_of(text: str) -> str:
    """Return *text* as it is compared where separators do not matter: ``Flask_Login`` is ``flasklogin``."""
    return "".join(words_of(text))
