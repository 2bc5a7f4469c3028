"""
A client for Python package indexes.

>>> from pypi_api_client import Client
>>> with Client("https://index.example/", token="…") as client:
...     project = client.project("hello-index")
...     client.download(project.files[0], Path("."))
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypi_api_client.async_client import AsyncClient
    from pypi_api_client.client import Client
    from pypi_api_client.errors import ClientError
    from pypi_api_client.indexes import (
        LegacyPyPi,
        PackageIndex,
        PyPi,
        TestPyPi,
        Warehouse,
        configured_indexes,
        named_index,
    )

__all__ = [
    "AsyncClient",
    "Client",
    "ClientError",
    "LegacyPyPi",
    "PackageIndex",
    "PyPi",
    "TestPyPi",
    "Warehouse",
    "configured_indexes",
    "named_index",
]

_HOMES = {
    "AsyncClient": "pypi_api_client.async_client",
    "Client": "pypi_api_client.client",
    "ClientError": "pypi_api_client.errors",
}


def __getattr__(name: str) -> Any:
    # Looked up late: a caller who only needs an error or an address need not wait for httpx.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    indexes = importlib.import_module("pypi_api_client.indexes")
    if name in indexes.LATE_NAMES:
        return indexes.lazy_index(name, stacklevel=2)
    return getattr(indexes, name)
