"""
Which distributions satisfy a set of requirements, for which Python and platform.

>>> from pypi_api_client import Client
>>> from pypi_resolution import Target, choose, read_wanted
>>> with Client("https://index.example/") as client:
...     wanted = read_wanted(["hello-index>=1"], [Path("requirements.txt")])
...     for each in choose(client, wanted, Target()):
...         client.download(each.file, Path("wheels"), metadata=each.metadata, hashes=each.hashes)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypi_resolution.choosing import choose
    from pypi_resolution.chosen import ChosenFile
    from pypi_resolution.errors import ResolutionError
    from pypi_resolution.sources.reading import read_wanted
    from pypi_resolution.target import Target, parse_target
    from pypi_resolution.wanted import Wanted

__all__ = [
    "ChosenFile",
    "ResolutionError",
    "Target",
    "Wanted",
    "choose",
    "parse_target",
    "read_wanted",
]

_HOMES = {
    "ChosenFile": "pypi_resolution.chosen",
    "ResolutionError": "pypi_resolution.errors",
    "Target": "pypi_resolution.target",
    "Wanted": "pypi_resolution.wanted",
    "choose": "pypi_resolution.choosing",
    "parse_target": "pypi_resolution.target",
    "read_wanted": "pypi_resolution.sources.reading",
}


def __getattr__(name: str) -> Any:
    # Looked up late: a caller who only needs an error need not wait for a resolver.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
