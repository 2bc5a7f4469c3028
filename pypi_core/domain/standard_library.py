"""
The modules of the standard library of every Python from 2.6 to 3.14, spelled as project names.

``standard_library.txt`` holds what the package ``stdlib-list`` knows, with each dotted prefix.  A
test compares the two and tells when there are new ones.
"""

from __future__ import annotations

import pkgutil
from typing import Final

from pypi_core.domain.names import NormalizedName

_NAMES = pkgutil.get_data(__package__, "standard_library.txt") or b""

STANDARD_LIBRARY_NAMES: Final = frozenset(map(NormalizedName, _NAMES.decode().split()))
