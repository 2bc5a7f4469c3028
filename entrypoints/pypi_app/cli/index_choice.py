"""Which index is meant."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pypi_api_client.address import parse_address
from pypi_api_client.errors import InvalidAddress
from pypi_app.cli.configuration import Configuration, NamedIndex, read_configuration
from pypi_app.cli.failures import UsageError
from pypi_app.cli.pypirc import read_pypirc

if TYPE_CHECKING:
    from pypi_api_client.address import IndexAddress
    from pypi_app.cli.results import KnownIndex

HERE = "http://127.0.0.1:8080/"
"""An index on this machine, as `pypi-server serve` starts it."""


@dataclass(frozen=True, kw_only=True)
class IndexChoice:
    """
    An index, and what the configuration says of it.

    Attributes:
        address: Its root, and the credentials that stood in its URL.
        name: What the configuration calls it; empty for one that is named by its URL.
        settings: What the configuration knows of it.
        source: What named it.
    """

    address: IndexAddress
    name: str
    settings: NamedIndex
    source: str

    @property
    def root(self) -> str:
        """The root of the index, without credentials."""
        return self.address.root


def choose_index(option: str | None) -> IndexChoice:
    """
    Return the index that *option* names, else the environment, else the configuration.

    Raises:
        UsageError: What names it is no URL and no name that is known.
    """
    configuration = read_configuration()
    named = (
        (option, "--index"),
        (os.environ.get("PYPI_REPOSITORY"), "PYPI_REPOSITORY"),
        (configuration.index, "the configuration"),
        (os.environ.get("TWINE_REPOSITORY_URL"), "TWINE_REPOSITORY_URL"),
        (os.environ.get("TWINE_REPOSITORY"), "TWINE_REPOSITORY"),
        (os.environ.get("PIP_INDEX_URL"), "PIP_INDEX_URL"),
        (HERE, "nothing else"),
    )
    text, source = next((text.strip(), source) for text, source in named if text and text.strip())
    if "://" in text:
        return _by_url(text, source, configuration)
    return _by_name(text, source, configuration)


def named_indexes(chosen: IndexChoice) -> tuple[KnownIndex, ...]:
    """Return all indexes that have names, and *chosen* if it has none."""
    from pypi_app.cli.results import KnownIndex

    configuration = read_configuration()
    named = {name: (_root_of(each.url), "configuration") for name, each in configuration.indexes.items()}
    for name, entry in read_pypirc().items():
        if entry.repository:
            named.setdefault(name, (_root_of(entry.repository), ".pypirc"))
    if not chosen.name:
        named[""] = (chosen.root, chosen.source)
    return tuple(
        KnownIndex(name=name, url=url, source=source, chosen=name == chosen.name)
        for name, (url, source) in sorted(named.items())
    )


def _by_url(url: str, source: str, configuration: Configuration) -> IndexChoice:
    address = _address(url, source)
    for name, settings in configuration.indexes.items():
        if _root_of(settings.url) == address.root:
            return IndexChoice(address=address, name=name, settings=settings, source=source)
    return IndexChoice(address=address, name="", settings=NamedIndex(url=url), source=source)


def _by_name(name: str, source: str, configuration: Configuration) -> IndexChoice:
    if settings := configuration.indexes.get(name):
        address = _address(settings.url, f"the index {name!r} of the configuration")
        return IndexChoice(address=address, name=name, settings=settings, source=source)
    entries = read_pypirc()
    if name in entries and entries[name].repository:
        address = _address(entries[name].repository, f"the section {name!r} of .pypirc")
        return IndexChoice(address=address, name=name, settings=NamedIndex(url=address.root), source=source)
    known = sorted({*configuration.indexes, *(each for each in entries if entries[each].repository)})
    alike = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean {alike[0]!r}?" if alike else f" Known: {', '.join(known) or 'none'}."
    raise UsageError(
        f"There is no index {name!r} (from {source}).{hint} Name one by its URL, or give it a name with "
        "pypi-cli config set indexes.NAME.url URL."
    )


def _address(url: str, source: str) -> IndexAddress:
    try:
        return parse_address(_without_upload(url))
    except InvalidAddress as error:
        raise UsageError(f"{error} (From {source}.)") from error


def _root_of(url: str) -> str:
    try:
        return parse_address(_without_upload(url)).root
    except InvalidAddress:
        return ""


def _without_upload(url: str) -> str:
    """Return the root for what tools for uploads are told, which ends in ``/legacy/``."""
    return url.strip().rstrip("/").removesuffix("/legacy") + "/"
