"""Package indexes: where they are, and by which names people know them."""

from __future__ import annotations

import ast
import importlib.util
import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pypi_api_client.address import IndexAddress, parse_address
from pypi_api_client.errors import UnknownIndex

if TYPE_CHECKING:
    PyPi: PackageIndex
    TestPyPi: PackageIndex
    Warehouse: PackageIndex
    LegacyPyPi: PackageIndex


class PackageIndex(msgspec.Struct, frozen=True):
    """
    A package index, by one URL, from which its endpoints are derived.

    It may be that of the root, of the Simple API (``…/simple/``, devpi's ``…/+simple/``) or of
    uploads (``…/legacy/``).

    Args:
        url: Any of these; credentials may stand in it.
        name: What people call it.
        upload_url: Where files go, if not below the root; ``None`` if that is not known.

    Raises:
        InvalidAddress: A URL is not valid, or it is plain http to another machine.
    """

    url: str
    name: str = ""
    upload_url: str | None = ""

    def __post_init__(self) -> None:
        _ = self.address

    def __repr__(self) -> str:
        # The generated one would show the password that may stand in the URL.
        return f"PackageIndex({self.root!r}, name={self.name!r})"

    @property
    def address(self) -> IndexAddress:
        """Its endpoints and credentials."""
        return parse_address(self.url, upload_url=self.upload_url)

    @property
    def root(self) -> str:
        """The root, without credentials, ending with ``/``."""
        return self.address.root

    @property
    def simple(self) -> str:
        """The URL of the Simple API."""
        return self.address.simple

    @property
    def upload(self) -> str | None:
        """The URL of the legacy upload API, if it is known."""
        return self.address.upload

    @property
    def rpc(self) -> str | None:
        """The URL of JSON-RPC, where there can be one."""
        return self.address.rpc


def named_index(name: str, configured: Mapping[str, PackageIndex] | None = None) -> PackageIndex:
    """
    Return the index that *name* means: a URL, a name in *configured*, or a well-known one.

    Well-known are ``pypi`` and ``testpypi``; case does not matter.

    Raises:
        UnknownIndex: None of these.
        InvalidAddress: It is a URL that cannot be used.
    """
    if "://" in name:
        return _known_by_url(PackageIndex(name))
    wanted, indexes = name.strip().lower(), configured or {}
    for each, index in indexes.items():
        if each.lower() == wanted:
            return index
    if wanted in _WELL_KNOWN:
        return well_known_index(wanted)
    known = ", ".join(sorted({*indexes, *_WELL_KNOWN}))
    raise UnknownIndex(f"There is no index named {name!r}; known are: {known}. Or name one by its URL.")


def configured_indexes(tables: Mapping[str, object]) -> dict[str, PackageIndex]:
    """
    Read indexes by their names out of a configuration: each a URL, or a table of ``url`` and ``upload_url``.

    Raises:
        UnknownIndex: One is neither.
        InvalidAddress: A URL is not valid.
    """
    found = {}
    for name, table in tables.items():
        try:
            content = msgspec.convert({"url": table} if isinstance(table, str) else table, _Table)
        except msgspec.ValidationError as error:
            raise UnknownIndex(f"The index {name!r} is not configured correctly: {error}.") from error
        found[name] = PackageIndex(content.url, name, content.upload_url)
    return found


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    url: str
    upload_url: str = ""


@cache
def well_known_index(name: str) -> PackageIndex:
    """
    Return ``pypi``, the public index, or ``testpypi``, the one beside it for trying things out.

    Their addresses are those that maintained tools know (pypi-simple and twine), none of our own.

    Raises:
        UnknownIndex: The tool that knows the address is not installed.
    """
    if name == "testpypi":
        return PackageIndex(_constant("twine", "utils", "TEST_REPOSITORY"), name)
    simple = _constant("pypi_simple", "__init__", "PYPI_SIMPLE_ENDPOINT")
    try:
        # It takes uploads at another host.
        upload_url = _constant("twine", "utils", "DEFAULT_REPOSITORY")
    except UnknownIndex:
        upload_url = None
    return PackageIndex(simple, name, upload_url)


_WELL_KNOWN = ("pypi", "testpypi")


def _known_by_url(index: PackageIndex) -> PackageIndex:
    """Return *index* with the upload URL of a well-known one that it is."""
    for name in _WELL_KNOWN:
        try:
            known = well_known_index(name)
        except UnknownIndex:
            continue
        if known.root == index.root:
            return msgspec.structs.replace(index, name=name, upload_url=known.upload_url)
    return index


def _constant(package: str, module: str, name: str) -> str:
    """
    Read a constant of another distribution.

    Its source is read and not imported: that would take longer than most requests.
    """
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        tree = ast.parse(Path(folder, f"{module}.py").read_text(encoding="utf-8"))
        for node in tree.body:
            match node:
                case (
                    ast.Assign(targets=[ast.Name(id=found)], value=ast.Constant(value=str() as text))
                    | ast.AnnAssign(target=ast.Name(id=found), value=ast.Constant(value=str() as text))
                ) if found == name:
                    return text
    raise UnknownIndex(
        f"The address of this index is taken from {package.replace('_', '-')}, which is not installed, or "
        "has changed: install pypi-core[public], or name the index by its URL."
    )


def lazy_index(name: str, stacklevel: int) -> PackageIndex:
    """
    Return a well-known index by its name in Python.

    Historical names all mean the public index now, and warn the caller *stacklevel* calls away.

    Raises:
        UnknownIndex: The tool that knows the address is not installed.
    """
    if name in {"Warehouse", "LegacyPyPi"}:
        warnings.warn(f"{name} is a legacy name: use PyPi.", DeprecationWarning, stacklevel=stacklevel + 1)
    return well_known_index("testpypi" if name == "TestPyPi" else "pypi")


LATE_NAMES = ("PyPi", "TestPyPi", "Warehouse", "LegacyPyPi")
"""What is looked up when it is asked for, so that an index that is not used costs nothing."""


def __getattr__(name: str) -> PackageIndex:
    if name not in LATE_NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return lazy_index(name, stacklevel=2)
