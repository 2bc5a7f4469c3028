"""TOML that somebody else wrote: read within bounds, or refused with a sentence."""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

LARGEST: Final = 16 * 1024 * 1024
"""In characters; the lock file of a thousand packages has about one and a half million."""

DEEPEST: Final = 100
"""In tables or arrays within each other; reading deeper ones takes time and memory by the square of it."""

_PART: Final = r"(?:\"[^\"\n]*\"|'[^'\n]*'|(?<![\w-])[\w-]+)[ \t]*"
_DEEP_KEY: Final = re.compile(rf"(?:{_PART}\.[ \t]*){{{DEEPEST}}}", re.ASCII)


def parse_toml(text: str) -> dict[str, Any]:
    """
    Read *text*.

    Raises:
        ValueError: It is not TOML, or is larger or deeper than that; the message is the rest of a
            sentence that begins with the name of the file.
    """
    if len(text) > LARGEST:
        raise ValueError(f"is too large: at most {LARGEST // 2**20} MiB are read")
    too_deep = f"is nested too deeply: at most {DEEPEST} tables and arrays within each other are read"
    if _DEEP_KEY.search(text):
        raise ValueError(too_deep)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"is not TOML: {error}") from error
    except RecursionError:
        raise ValueError(too_deep) from None
    except ValueError:
        raise ValueError("has a number of more digits than can be read") from None
