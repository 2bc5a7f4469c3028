"""The pages that show a release of this project show the current one."""

from __future__ import annotations

import re

from pypi_core import __version__

_SHOWN = re.compile(r"((?:pypi[_-]core[-/ ]|--version ))\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?")


def renewed(page: str) -> str:
    """Return *page* with the current version of this project wherever it names one."""
    return _SHOWN.sub(rf"\g<1>{__version__}", page)
