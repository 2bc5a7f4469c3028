"""Which index is meant."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from pypi_terminal.errors import UsageError
from pypi_tool.settings.configuration import Configuration, NamedIndex, read_configuration
from pypi_tool.settings.pypirc import read_pypirc

if TYPE_CHECKING:
    from pypi_api_client import PackageIndex
    from pypi_api_client.address import IndexAddress
    from pypi_tool.results import KnownIndex

HERE = "http://127.0.0.1:8080/"
"""An index on this machine, as `pypi-server serve` starts it."""


@dataclass(frozen=True, kw_only=True)
class IndexChoice:
    """
    An index, and what the configuration says of it.

    Attributes:
        found: Where it is, and the credentials that stood in its URL.
        name: What the configuration calls it; empty for one that is named by its URL.
        settings: What the configuration knows of it.
        source: What named it.
    """

    found: PackageIndex
    name: str
    settings: NamedIndex
    source: str

    @property
    def root(self) -> str:
        """The root of the index, without credentials."""
        return self.found.root

    @property
    def address(self) -> IndexAddress:
        """Its endpoints, and the credentials that stood in its URL."""
        return self.found.address

    def index_with(self, userinfo: str) -> PackageIndex:
        """Return the index with other credentials in its URL, none for an empty text."""
        from pypi_api_client import PackageIndex

        parts = urlsplit(self.found.url)
        host = parts.netloc.rpartition("@")[2]
        netloc = f"{userinfo}@{host}" if userinfo else host
        url = urlunsplit((parts.scheme, netloc, parts.path, parts.query, ""))
        return PackageIndex(url, self.found.name, self.found.upload_url)

    def ca_bundle(self, option: Path | None) -> Path | None:
        """
        Return the certificates to trust in place of those of the operating system.

        The option goes before the environment, that before the configuration and what twine reads.
        """
        ours, of_twine = os.environ.get("PYPI_CA_BUNDLE"), os.environ.get("TWINE_CERT")
        given = option or ours or self.settings.ca_bundle or of_twine
        return Path(given).expanduser() if given else None


def choose_index(option: str | None) -> IndexChoice:
    """
    Return the index that *option* names, else the environment, else the configuration.

    Raises:
        UsageError: It is named by neither a URL nor a known name.
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


def root_of(text: str, source: str) -> str:
    """
    Return the root of the index that *text* means, which *source* says.

    Raises:
        UsageError: It is neither a URL nor a name that is known.
    """
    text, configuration = text.strip(), read_configuration()
    by = _by_url if "://" in text else _by_name
    return by(text, source, configuration).root


def named_indexes(chosen: IndexChoice) -> tuple[KnownIndex, ...]:
    """Return all indexes that have names, and *chosen* if it has none."""
    from pypi_tool.results import KnownIndex

    named = {
        name: (index.root, source)
        for name, (index, _settings, source) in _named(read_configuration()).items()
    }
    if chosen.name not in named:
        named[chosen.name] = (chosen.root, chosen.source)
    return tuple(
        KnownIndex(name=name, url=url, source=source, chosen=name == chosen.name)
        for name, (url, source) in sorted(named.items())
    )


def _named(configuration: Configuration) -> dict[str, tuple[PackageIndex, NamedIndex, str]]:
    """Return the indexes that have names: those of the configuration before those of ``.pypirc``."""
    found = {
        name: (_index(each.url, f"the index {name!r} of the configuration"), each, "configuration")
        for name, each in configuration.indexes.items()
    }
    for name, entry in read_pypirc().items():
        if entry.repository and name not in found:
            index = _index(entry.repository, f"the section {name!r} of .pypirc")
            found[name] = (index, NamedIndex(url=entry.repository), ".pypirc")
    return found


def _by_url(url: str, source: str, configuration: Configuration) -> IndexChoice:
    found = _index(url, source)
    for name, (index, settings, _source) in _named(configuration).items():
        if index.root == found.root:
            return IndexChoice(found=found, name=name, settings=settings, source=source)
    return IndexChoice(found=found, name="", settings=NamedIndex(url=url), source=source)


def _by_name(name: str, source: str, configuration: Configuration) -> IndexChoice:
    from pypi_api_client import named_index
    from pypi_api_client.errors import UnknownIndex

    named = _named(configuration)
    if name in named:
        index, settings, _source = named[name]
        return IndexChoice(found=index, name=name, settings=settings, source=source)
    try:
        found: PackageIndex = named_index(name)
    except UnknownIndex as error:
        alike = difflib.get_close_matches(name, named, n=1)
        # It may be a URL without its scheme, with a password in it.
        shown = name.rpartition("@")[2]
        hint = f"Did you mean {alike[0]!r}?" if alike else f"Known: {', '.join(sorted(named)) or 'none'}."
        raise UsageError(
            f"There is no index {shown!r} (from {source}). {hint} Name one by its URL, or give it a name "
            "with pypi-cli config set indexes.NAME.url URL."
        ) from error
    return IndexChoice(found=found, name=name, settings=NamedIndex(url=found.url), source=source)


def _index(url: str, source: str) -> PackageIndex:
    from pypi_api_client import PackageIndex
    from pypi_api_client.errors import InvalidAddress

    try:
        return PackageIndex(url.strip())
    except InvalidAddress as error:
        raise UsageError(f"{error} (From {source}.)") from error
