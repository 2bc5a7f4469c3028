"""What a wheel lets one import."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

# Of a compiled module, without what says for which Python it is: ``_yaml.cpython-312-x86_64-linux-gnu.so``.
_MODULE: Final = re.compile(r"([^\W\d]\w*)(?:\.py|(?:\.[\w-]+)?\.(?:so|pyd))")
# Wheel: below ``.data``, these two are unpacked where modules are.
_IN_DATA: Final = re.compile(r"[^/]+\.data/(?:purelib|platlib)/")
_MOST: Final = 100


def top_level_modules(paths: Iterable[str]) -> tuple[str, ...]:
    """
    Return the public modules and packages at the top level of a wheel, of which *paths* are the files.

    A folder is a package, also a namespace, if Python code is anywhere in it.  There are a hundred at most.
    """
    found = set()
    for path in paths:
        top, *below = _IN_DATA.sub("", path, count=1).split("/")
        module = _MODULE.fullmatch(below[-1] if below else top)
        if module is None:
            continue
        name = top if below else module[1]
        if name.isidentifier() and not name.startswith("_"):
            found.add(name)
    return tuple(sorted(found)[:_MOST])
